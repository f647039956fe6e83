import Tensors

/// A plug-in's kernels, called in a process of its own.
///
/// The process has its own copy of the inputs, on huge pages like everybody's, which foreign code can
/// spoil without spoiling the oracle's.
public final class PluginProvider: KernelProvider {
  /// `plugin:PATH`.
  public let name: String
  /// What the library calls itself.
  public private(set) var details = ""
  private let path: String
  private let patience: Double
  private let isInterrupted: () -> Bool
  private var server: PluginProcess?
  private var loaded: KernelRequest?

  /// How long a library may take to be loaded at least, in seconds: some bring a whole runtime.
  private static let loading = 30.0

  /// The plug-in at `path`, its process started and its version checked.
  public init(
    path: String, patience: Double, isInterrupted: @escaping () -> Bool
  ) throws(ProviderError) {
    name = "plugin:\(path)"
    self.path = path
    self.patience = patience
    self.isInterrupted = isInterrupted
    _ = try running()
  }

  /// The process that runs now.
  public var process: Int32? { server?.number }

  /// Its kernel for the request; starts the process again when an earlier kernel brought it down.
  public func prepare(
    _ request: KernelRequest, threads: Int
  ) throws(ProviderError) -> any PreparedKernel {
    guard let call = request.foreignCall else { throw ProviderError.onlyOwnKernels }
    let process = try running()
    if loaded !== request { try load(request.inputs, process) }
    loaded = request
    let reply = try process.ask(
      .prepare(call, threads: threads, outputs: request.outputByteCounts), within: patience,
      while: "before the first call")
    guard case .prepared(let number) = reply else {
      throw ProviderError(.failed, "the plug-in \(path) was not made ready")
    }
    return PluginKernel(
      process: process, number: number, outputByteCounts: request.outputByteCounts,
      patience: patience, doing: "in \(call.operation)")
  }

  private func running() throws(ProviderError) -> PluginProcess {
    if let server, server.isRunning { return server }
    (server, loaded) = (nil, nil)
    let process = try PluginProcess(path: path, isInterrupted: isInterrupted)
    let reply = try process.reply(
      within: max(patience, Self.loading), while: "while it was loaded")
    guard case .ready(let itself) = reply else {
      throw ProviderError(.failed, "the plug-in \(path) did not say its name")
    }
    details = itself
    server = process
    return process
  }

  private func load(_ inputs: [AlignedBuffer], _ process: PluginProcess) throws(ProviderError) {
    loaded = nil
    defer { process.data.empty() }
    if let reason = process.data.write(inputs) {
      throw ProviderError(.refused, "the inputs could not be handed to a plug-in: \(reason)")
    }
    _ = try process.ask(
      .load(byteCounts: inputs.map(\.byteCount)), within: max(patience, Self.loading),
      while: "while inputs were handed over")
  }
}

/// A kernel that waits in a plug-in's process.
private final class PluginKernel: PreparedKernel {
  private let process: PluginProcess
  private let number: Int
  private let outputByteCounts: [Int]
  private let patience: Double
  private let doing: String

  init(
    process: PluginProcess, number: Int, outputByteCounts: [Int], patience: Double, doing: String
  ) {
    self.process = process
    self.number = number
    self.outputByteCounts = outputByteCounts
    self.patience = patience
    self.doing = doing
  }

  func time(repetitions: Int) throws(ProviderError) -> Double {
    let request = PluginRequest.run(kernel: number, repetitions: repetitions)
    let reply = try process.ask(request, within: patience, while: doing)
    guard case .timed(let seconds) = reply else {
      throw ProviderError(.failed, "the plug-in gave no time \(doing)")
    }
    return seconds
  }

  func outputs() throws(ProviderError) -> [AlignedBuffer] {
    var buffers: [AlignedBuffer] = []
    for count in outputByteCounts { buffers.append(try KernelRequest.memory(count)) }
    defer { process.data.empty() }
    _ = try process.ask(.collect(kernel: number), within: patience, while: "after \(doing)")
    if let reason = process.data.read(into: buffers) { throw ProviderError(.failed, reason) }
    return buffers
  }
}
