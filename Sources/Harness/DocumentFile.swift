#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Documents of this program's own schemas, read back from files.
public enum DocumentFile {
  /// Why a file is no such document.
  public enum ReadFailure: Error, Equatable {
    /// There is no such file.
    case notFound
    /// It can't be read.
    case unreadable(String)
    /// It is something else, or of another schema.
    case malformed(String)
  }

  /// Reads the document at `path`, whose key `schema` has to be `schema`.
  public static func read<Document: Decodable>(
    _ type: Document.Type, schema: String, path: String
  ) throws(ReadFailure) -> Document {
    let bytes = try contents(path)
    let found = try header(bytes).schema
    guard found == schema else {
      throw .malformed("expected the schema \(schema), found \(found)")
    }
    do { return try JSON.value(type, from: bytes) } catch {
      throw .malformed(sentence(error))
    }
  }

  /// The schema that the document at `path` says it has.
  public static func schema(path: String) throws(ReadFailure) -> String {
    try header(try contents(path)).schema
  }

  private struct Header: Decodable { let schema: String }

  private static func header(_ bytes: [UInt8]) throws(ReadFailure) -> Header {
    do { return try JSON.value(Header.self, from: bytes) } catch {
      throw .malformed("expected a JSON object with the key 'schema'")
    }
  }

  /// Where decoding stumbled, and over what.
  private static func sentence(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    let context =
      switch error {
      case .keyNotFound(_, let context), .typeMismatch(_, let context),
        .valueNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    let place = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
    return "at \(place.isEmpty ? "the top" : place.joined(separator: ".")): "
      + context.debugDescription.split(separator: "\n").joined(separator: " ")
  }

  private static let longest = 64 << 20

  /// The bytes of the regular file at `path`, 64 MiB at most.
  public static func contents(_ path: String) throws(ReadFailure) -> [UInt8] {
    // Without O_NONBLOCK the open itself waits for the writer of a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR
        ? .notFound : .unreadable(String(cString: strerror(errno)))
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
