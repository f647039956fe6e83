#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A shared library loaded at run time. It is never unloaded: its threads may be running its code.
struct ForeignLibrary {
  /// Where it was looked for.
  let path: String
  private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  /// Loads the library at `path`; a bare name is looked up as the system's loader does.
  ///
  /// Errors: `.notFound` when there is no such file, `.malformed` when it can't be loaded.
  init(path: String) throws(ProviderError) {
    self.path = path
    if path.contains("/"), access(path, F_OK) != 0 {
      throw ProviderError(
        .notFound, "the library \(path) can't be found: \(String(cString: strerror(errno)))")
    }
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw ProviderError(
        path.contains("/") ? .malformed : .notFound,
        "the library \(path) can't be loaded: \(reason)")
    }
    self.handle = handle
  }

  /// The function `name` as a C function pointer type, or nil when the library has none.
  ///
  /// That it has this type is the word of the header it was compiled with.
  func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    precondition(MemoryLayout<Function>.size == MemoryLayout<UnsafeRawPointer>.size)
    return dlsym(handle, name).map { unsafeBitCast($0, to: type) }
  }

  /// The function `name`, which the library must have.
  ///
  /// Errors: `.malformed` when it has none.
  func required<Function>(
    _ name: String, as type: Function.Type, of interface: String
  ) throws(ProviderError) -> Function {
    guard let function = function(name, as: type) else {
      throw ProviderError(
        .malformed, "\(path) has no function \(name), which \(interface) asks for")
    }
    return function
  }
}
