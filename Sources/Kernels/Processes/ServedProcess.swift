import CShims
import Measurement

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// This process's hold on another one that it started to work for it, and asks over a socket.
///
/// That process ends with this value, with this process, and by force when it does not answer.
public final class ServedProcess {
  private let program: ServedProgram
  private let channel: Int32
  /// Its number.
  let process: pid_t
  private let isInterrupted: () -> Bool
  private var status: Int32?

  /// How long a process may go on after Ctrl-C with what it is doing, in seconds.
  private static let grace = 2.0

  /// How long a program may take to give its memory back after its last word, in seconds.
  private static let freeing = 10.0

  /// Starts `program`.
  ///
  /// - Parameters:
  ///   - data: a file that it finds open under `process_data`; −1 for none.
  ///   - isInterrupted: asked four times a second while an answer is waited for.
  /// Errors: `.notFound` and `.malformed` for a file that can't be executed, else `.refused`.
  public init(
    _ program: ServedProgram, data: Int32 = -1, isInterrupted: @escaping () -> Bool
  ) throws(ProviderError) {
    self.program = program
    self.isInterrupted = isInterrupted
    var ends: [Int32] = [-1, -1]
    guard process_connect(&ends) == 0 else { throw Self.refusal(program, errno) }
    channel = ends[0]
    var process: pid_t = 0
    let code = Self.start(program, channel: ends[1], data, &process)
    close(ends[1])
    self.process = process
    guard code == 0 else {
      status = 0  // Nothing is there to be waited for.
      throw Self.refusal(program, code)
    }
  }

  deinit {
    end(patience: 1)
    close(channel)
  }

  /// Whether the process is there and may be asked.
  public var isRunning: Bool { status == nil }

  /// Sends `request`, to be followed by `reply`.
  ///
  /// Errors: `.failed` with one sentence when the process crashed or ended.
  public func send(_ request: some Encodable, while doing: String) throws(ProviderError) {
    guard isRunning, let bytes = try? MessageFrame.bytes(of: request),
      MessageFrame.send(bytes, on: channel)
    else { throw ended(while: doing) }
  }

  /// Waits for the next answer.
  ///
  /// Errors: `.failed` with one sentence when the process crashed, ended, did not answer within
  /// `seconds` or sent something else; `.interrupted`.
  public func reply<Reply: Decodable>(
    _ type: Reply.Type, within seconds: Double, while doing: String
  ) throws(ProviderError) -> Reply {
    let deadline = Self.now + seconds
    let head = try receive(4, by: deadline, seconds, doing)
    guard let length = MessageFrame.length(head) else { throw nonsense(doing) }
    let body = try receive(length, by: deadline, seconds, doing)
    guard let reply = try? MessageFrame.message(type, from: body) else { throw nonsense(doing) }
    return reply
  }

  /// All that a program which is listened to prints until it ends.
  ///
  /// Errors: `.failed` with one sentence when it crashed, ended with an exit code, did not end within
  /// `seconds` or printed more than `limit` bytes; `.interrupted`.
  public func output(
    within seconds: Double, atMost limit: Int, while doing: String
  ) throws(ProviderError) -> [UInt8] {
    let deadline = Self.now + seconds
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      try awaitBytes(by: deadline, seconds, doing)
      let received = recv(channel, &chunk, chunk.count, Int32(MSG_DONTWAIT))
      if received < 0, errno == EINTR || errno == EAGAIN { continue }
      guard received > 0 else { break }
      output += chunk.prefix(received)
      guard output.count <= limit else { throw nonsense(doing) }
    }
    end(patience: Self.freeing)
    guard status == 0 else { throw ended(while: doing) }
    return output
  }

  private func nonsense(_ doing: String) -> ProviderError {
    end(patience: 0)
    return ProviderError(.failed, "\(program.subject) sent what is no answer \(doing)")
  }

  private func receive(
    _ count: Int, by deadline: Double, _ seconds: Double, _ doing: String
  ) throws(ProviderError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      try awaitBytes(by: deadline, seconds, doing)
      var chunk = [UInt8](repeating: 0, count: count - bytes.count)
      let received = recv(channel, &chunk, chunk.count, Int32(MSG_DONTWAIT))
      if received < 0, errno == EINTR || errno == EAGAIN { continue }
      guard received > 0 else { throw ended(while: doing) }
      bytes += chunk.prefix(received)
    }
    return bytes
  }

  /// Waits until there is something to receive. Wakes up four times a second, for a process that is
  /// gone while children of its own hold the connection open, and for Ctrl-C.
  private func awaitBytes(
    by deadline: Double, _ seconds: Double, _ doing: String
  ) throws(ProviderError) {
    var interruptedAt: Double?
    while true {
      var waiting = pollfd(fd: channel, events: Int16(POLLIN), revents: 0)
      if poll(&waiting, 1, 250) > 0 { return }
      if hasEnded() { throw ended(while: doing) }
      let now = Self.now
      if isInterrupted() { interruptedAt = interruptedAt ?? now }
      if let interruptedAt, now - interruptedAt > Self.grace {
        end(patience: 0)
        throw ProviderError(.interrupted, "interrupted \(doing)")
      }
      if now > deadline {
        end(patience: 0)
        let advice = program.advice.isEmpty ? "" : "; \(program.advice)"
        throw ProviderError(
          .failed,
          "\(program.subject) did not return within \(Int(seconds)) s \(doing) and was ended"
            + advice)
      }
    }
  }

  private func hasEnded() -> Bool {
    guard status == nil else { return true }
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return false }
    self.status = status
    return true
  }

  /// The error for a process that is no more.
  private func ended(while doing: String) -> ProviderError {
    end(patience: 1)
    let status = status ?? 0
    let signal = process_ending_signal(status)
    let how =
      signal == 0
      ? "ended the process with exit code \(process_exit_code(status))"
      : "crashed with \(Self.signalName(signal))"
    return ProviderError(.failed, "\(program.subject) \(how) \(doing)")
  }

  /// Closes the connection, whereupon the process ends, and ends it by force after `patience` seconds.
  private func end(patience: Double) {
    guard status == nil else { return }
    shutdown(channel, Int32(SHUT_RDWR))
    let deadline = Self.now + patience
    while !hasEnded(), Self.now < deadline { usleep(2000) }
    // Its group, that is: also what it has started itself.
    kill(-process, SIGKILL)
    guard status == nil else { return }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    self.status = status
  }

  private static var now: Double { Double(MonotonicClock().nanoseconds()) * 1e-9 }
}

extension ServedProcess {
  private static func start(
    _ program: ServedProgram, channel: Int32, _ data: Int32, _ process: inout pid_t
  ) -> Int32 {
    var arguments = (["plimsoll"] + program.arguments).map { strdup($0) }
    let (path, variable) = (program.path.map { strdup($0) }, program.variable.map { strdup($0) })
    defer { for text in arguments + [path ?? nil, variable ?? nil] { free(text) } }
    arguments.append(nil)
    return arguments.withUnsafeBufferPointer { arguments in
      process_start(
        process_plan(
          path: path ?? nil, arguments: arguments.baseAddress, variable: variable ?? nil,
          channel: channel, data: data, is_quiet: program.isQuiet ? 1 : 0,
          is_heard: program.isHeard ? 1 : 0),
        &process)
    }
  }

  private static func refusal(_ program: ServedProgram, _ code: Int32) -> ProviderError {
    let kind: ProviderError.Kind =
      switch code {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, ENOEXEC: .malformed
      default: .refused
      }
    return ProviderError(
      kind, "no process could be started for \(program.subject): \(String(cString: strerror(code)))"
    )
  }

  private static func signalName(_ number: Int32) -> String {
    let names = [
      SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGABRT: "SIGABRT", SIGFPE: "SIGFPE",
      SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGTRAP: "SIGTRAP",
    ]
    let words = strsignal(number).map { String(cString: $0) } ?? "unknown"
    return names[number].map { "\($0) (\(words.lowercased()))" } ?? "signal \(number) (\(words))"
  }
}
