import Hardware

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Profiles of boxes on disk, one file a fingerprint.
public struct ProfileStore: Sendable {
  private let folder: Reading<String>

  /// The store in the data folder that `environment` names.
  public init(environment: [String: String]) {
    folder = DataDirectory.path(environment: environment).map { $0 + "/profiles" }
  }

  /// Where the profile of a box lies, or why there is no such place.
  public func path(fingerprint: String) -> Reading<String> {
    folder.map { "\($0)/\(fingerprint).json" }
  }

  /// The stored profile of a box; nil when there is none of today's schema.
  public func load(fingerprint: String) -> Profile? {
    guard let path = path(fingerprint: fingerprint).value,
      let profile = try? Self.read(path: path), profile.fingerprint == fingerprint
    else { return nil }
    return profile
  }

  /// Stores `profile`, whole or not at all; gives the reason when it can't be.
  public func save(_ profile: Profile) -> Reading<String> {
    path(fingerprint: profile.fingerprint).flatMap { path in
      do {
        try AtomicFile.write(try JSON.text(profile), to: path)
        return .value(path)
      } catch {
        return .unavailable("\(error)")
      }
    }
  }

  /// Why a file is no profile.
  public enum ReadFailure: Error, Equatable {
    /// There is no such file.
    case notFound
    /// It can't be read.
    case unreadable(String)
    /// It is something else, or of another schema.
    case malformed(String)
  }

  /// Reads the profile at `path`, which `plimsoll profile --format json` wrote on any box.
  public static func read(path: String) throws(ReadFailure) -> Profile {
    let bytes = try contents(path)
    struct Header: Decodable { let schema: String }
    guard let header = try? JSON.value(Header.self, from: bytes) else {
      throw .malformed("expected a JSON object with the key 'schema'")
    }
    guard header.schema == Profile.schema else {
      throw .malformed("expected the schema \(Profile.schema), found \(header.schema)")
    }
    do { return try JSON.value(Profile.self, from: bytes) } catch {
      throw .malformed("\(error)")
    }
  }

  private static let longest = 16 << 20

  private static func contents(_ path: String) throws(ReadFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .notFound : .unreadable(String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= longest
    else { throw .malformed("expected a file of at most \(longest) bytes") }
    let count = Int(status.st_size)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, pread(descriptor, buffer.baseAddress, count, 0))
    }
  }
}
