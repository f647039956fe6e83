import CShims

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A message on the wire: four bytes of length, then JSON.
struct MessageFrame {
  /// The longest message that makes sense.
  static let longest = 1 << 20

  /// The bytes of `message`.
  static func bytes(of message: some Encodable) throws -> [UInt8] {
    let body = [UInt8](try JSONEncoder().encode(message))
    return withUnsafeBytes(of: UInt32(body.count).littleEndian, Array.init) + body
  }

  /// The message in `body`.
  static func message<Message: Decodable>(_ type: Message.Type, from body: [UInt8]) throws
    -> Message
  {
    try JSONDecoder().decode(type, from: Data(body))
  }

  /// The length that four bytes stand for; nil when no message is that long.
  static func length(_ head: [UInt8]) -> Int? {
    let length = head.reversed().reduce(0) { $0 << 8 | Int($1) }
    return length <= longest ? length : nil
  }

  /// Sends all of `bytes`; false when the partner is gone.
  static func send(_ bytes: [UInt8], on channel: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { process_send(channel, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
