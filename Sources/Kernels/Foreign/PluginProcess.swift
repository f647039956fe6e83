import CShims
import Measurement
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The measuring process's hold on the process in which a plug-in runs.
///
/// That process ends with this value, with this process, and by force when it does not answer.
final class PluginProcess {
  /// The file inputs and outputs travel in.
  let data: PluginData
  private let path: String
  private let channel: Int32
  private let process: pid_t
  private let isInterrupted: () -> Bool
  private var status: Int32?

  /// How long a process may go on after Ctrl-C with what it is doing, in seconds.
  private static let grace = 2.0

  /// Starts the process for the library at `path`. The first thing it sends is `.ready`.
  init(path: String, isInterrupted: @escaping () -> Bool) throws(ProviderError) {
    self.path = path
    self.isInterrupted = isInterrupted
    let data = process_open_data()
    var ends: [Int32] = [-1, -1]
    guard data >= 0, process_connect(&ends) == 0 else { throw Self.refusal(path, errno) }
    self.data = PluginData(descriptor: data)
    channel = ends[0]
    var process: pid_t = 0
    let code = Self.start(["plimsoll", PluginHost.verb, path], channel: ends[1], data, &process)
    close(ends[1])
    self.process = process
    guard code == 0 else {
      status = 0  // Nothing is there to be waited for.
      throw Self.refusal(path, code)
    }
  }

  deinit {
    end(patience: 1)
    close(channel)
    close(data.descriptor)
  }

  /// Whether the process is there and may be asked.
  var isRunning: Bool { status == nil }

  /// Sends `request` and waits for the answer.
  ///
  /// Errors: `.failed` with one sentence when the process crashed, ended or did not answer within
  /// `seconds`, and what the process itself answers as a failure.
  func ask(
    _ request: PluginRequest, within seconds: Double, while doing: String
  ) throws(ProviderError) -> PluginReply {
    guard isRunning, let bytes = try? PluginFrame.bytes(of: request),
      PluginFrame.send(bytes, on: channel)
    else { throw ended(while: doing) }
    return try reply(within: seconds, while: doing)
  }

  /// Waits for the next answer; see `ask`.
  func reply(within seconds: Double, while doing: String) throws(ProviderError) -> PluginReply {
    let deadline = Self.now + seconds
    let head = try receive(4, by: deadline, seconds, doing)
    guard let length = PluginFrame.length(head) else { throw nonsense(doing) }
    let body = try receive(length, by: deadline, seconds, doing)
    guard let reply = try? PluginFrame.message(PluginReply.self, from: body) else {
      throw nonsense(doing)
    }
    if case .failed(let kind, let reason) = reply { throw ProviderError(kind, reason) }
    return reply
  }

  private func nonsense(_ doing: String) -> ProviderError {
    end(patience: 0)
    return ProviderError(.failed, "the plug-in \(path) sent what is no answer \(doing)")
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
        throw ProviderError(
          .failed,
          "the plug-in \(path) did not return within \(Int(seconds)) s \(doing) and was ended; "
            + "a larger --max-time lets it go on for longer")
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
    return ProviderError(.failed, "the plug-in \(path) \(how) \(doing)")
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

  private static func start(
    _ words: [String], channel: Int32, _ data: Int32, _ process: inout pid_t
  ) -> Int32 {
    var arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    return process_start(arguments, channel, data, &process)
  }

  private static func refusal(_ path: String, _ code: Int32) -> ProviderError {
    ProviderError(
      .refused, "no process could be started for \(path): \(String(cString: strerror(code)))")
  }

  private static var now: Double { Double(MonotonicClock().nanoseconds()) * 1e-9 }

  private static func signalName(_ number: Int32) -> String {
    let names = [
      SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGABRT: "SIGABRT", SIGFPE: "SIGFPE",
      SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGTRAP: "SIGTRAP",
    ]
    let words = strsignal(number).map { String(cString: $0) } ?? "unknown"
    return names[number].map { "\($0) (\(words.lowercased()))" } ?? "signal \(number) (\(words))"
  }
}
