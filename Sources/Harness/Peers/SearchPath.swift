#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The first `name` that can be executed in the folders of `searchPath` (the variable `PATH`); nil where there
/// is none.
func executable(_ name: String, in searchPath: String) -> String? {
  searchPath.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
}
