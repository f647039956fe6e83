#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output: results, and nothing else.
enum StandardOutput {
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Writes all of `text`.
  static func write(_ text: String) throws(Failure) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Swift.max(-1, posixWrite(STDOUT_FILENO, $0)) }
      guard written > 0 else {
        if errno == EINTR { continue }
        throw Failure(
          .inputOutput, "standard output could not be written: \(String(cString: strerror(errno)))")
      }
      bytes = bytes.dropFirst(written)
    }
  }
}

/// Standard error: progress, notes and what went wrong.
enum StandardError {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns of the terminal now; 80 where it doesn't tell.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  static func print(_ text: String) { raw(text + "\n") }

  /// Writes as much as the system takes; there is nobody to tell if it doesn't.
  static func raw(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { posixWrite(STDERR_FILENO, $0) }
  }
}

private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
