import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The end of a connection at which a `ServedProcess` sits: it reads requests and answers them.
public struct ServingChannel {
  private let channel = Int32(process_channel)

  /// Ties this process to the one that started it: it ends with that one, whatever it is doing, and
  /// when it crashes it leaves neither a core file nor a long report.
  ///
  /// Nil where nobody is at the other end, as when people call the hidden verb.
  public init?() {
    var status = stat()
    guard fstat(channel, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK,
      process_follow(channel) == 0
    else { return nil }
  }

  /// Sends an answer; false when the partner is gone.
  public func send(_ reply: some Encodable) -> Bool {
    guard let bytes = try? MessageFrame.bytes(of: reply) else { return false }
    return MessageFrame.send(bytes, on: channel)
  }

  /// Waits for the next request; nil when the partner is gone or says what is no request.
  public func receive<Request: Decodable>(_ type: Request.Type) -> Request? {
    guard let head = read(4), let length = MessageFrame.length(head), let body = read(length)
    else { return nil }
    return try? MessageFrame.message(type, from: body)
  }

  private func read(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var chunk = [UInt8](repeating: 0, count: count - bytes.count)
      let received = recv(channel, &chunk, chunk.count, 0)
      if received < 0, errno == EINTR { continue }
      guard received > 0 else { return nil }
      bytes += chunk.prefix(received)
    }
    return bytes
  }
}
