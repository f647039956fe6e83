import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The measuring process's hold on the process in which a plug-in runs.
final class PluginProcess {
  /// The file inputs and outputs travel in.
  let data: PluginData
  private let process: ServedProcess

  /// Starts the process for the library at `path`. The first thing it sends is `.ready`.
  init(path: String, isInterrupted: @escaping () -> Bool) throws(ProviderError) {
    let data = PluginData(descriptor: process_open_data())
    guard data.descriptor >= 0 else {
      throw ProviderError(
        .refused, "no file for the data of \(path): \(String(cString: strerror(errno)))")
    }
    let program = ServedProgram(
      arguments: [PluginHost.verb, path], subject: "the plug-in \(path)",
      advice: "a larger --max-time lets it go on for longer")
    do throws(ProviderError) {
      process = try ServedProcess(program, data: data.descriptor, isInterrupted: isInterrupted)
    } catch {
      close(data.descriptor)
      throw error
    }
    self.data = data
  }

  deinit { close(data.descriptor) }

  /// The number of the process.
  var number: Int32 { process.process }

  /// Whether the process is there and may be asked.
  var isRunning: Bool { process.isRunning }

  /// Sends `request` and waits for the answer.
  ///
  /// Errors: those of `ServedProcess`, and what the process itself answers as a failure.
  func ask(
    _ request: PluginRequest, within seconds: Double, while doing: String
  ) throws(ProviderError) -> PluginReply {
    try process.send(request, while: doing)
    return try reply(within: seconds, while: doing)
  }

  /// Waits for the next answer; see `ask`.
  func reply(within seconds: Double, while doing: String) throws(ProviderError) -> PluginReply {
    let reply = try process.reply(PluginReply.self, within: seconds, while: doing)
    if case .failed(let kind, let reason) = reply { throw ProviderError(kind, reason) }
    return reply
  }
}
