import Tensors

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
