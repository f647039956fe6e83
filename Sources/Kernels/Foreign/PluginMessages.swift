import CShims
import Tensors

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

/// What the measuring process asks of the one that holds a plug-in.
enum PluginRequest: Codable {
  /// Read inputs of so many bytes from the data file, one after the other, and forget older ones.
  case load(byteCounts: [Int])
  /// Make a call ready with outputs of so many bytes; answered with a number.
  case prepare(ForeignCall, threads: Int, outputs: [Int])
  /// Time so many calls of what was prepared under this number.
  case run(kernel: Int, repetitions: Int)
  /// Write the outputs to the data file.
  case collect(kernel: Int)
}

/// What is answered.
enum PluginReply: Codable {
  /// The library is loaded and calls itself so.
  case ready(name: String)
  case done
  case prepared(kernel: Int)
  case timed(seconds: Double)
  case failed(ProviderError.Kind, String)
}

/// A message on the wire: four bytes of length, then JSON.
struct PluginFrame {
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

/// The file through which inputs and outputs travel: nameless, in memory, and emptied after each use.
struct PluginData {
  let descriptor: Int32

  /// Writes `buffers` one after the other; the reason when that is refused.
  func write(_ buffers: [AlignedBuffer]) -> String? {
    var offset = 0
    for buffer in buffers {
      let whole = move(buffer, at: offset) { pwrite(descriptor, $0, $1, $2) }
      guard whole else { return String(cString: strerror(errno)) }
      offset += buffer.byteCount
    }
    return nil
  }

  /// Fills `buffers` one after the other; the reason when there is less.
  func read(into buffers: [AlignedBuffer]) -> String? {
    var offset = 0
    for buffer in buffers {
      let whole = move(buffer, at: offset) { pread(descriptor, $0, $1, $2) }
      guard whole else { return "the data ended before byte \(offset + buffer.byteCount)" }
      offset += buffer.byteCount
    }
    return nil
  }

  /// Gives the memory back.
  func empty() { ftruncate(descriptor, 0) }

  private func move(
    _ buffer: AlignedBuffer, at offset: Int,
    by step: (UnsafeMutableRawPointer, Int, off_t) -> Int
  ) -> Bool {
    var done = 0
    while done < buffer.byteCount {
      let count = step(
        buffer.baseAddress + done, buffer.byteCount - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
