import Measurement
import Tensors

/// A plug-in's kernels, called in this process, which has to be one that was started for just that: a
/// crash ends it.
final class GuestPlugin: KernelProvider {
  let name: String
  private let library: PluginLibrary
  private let clock: any Clock

  /// Loads the library at `path`.
  init(path: String, clock: any Clock) throws(ProviderError) {
    name = "plugin:\(path)"
    library = try PluginLibrary(path: path)
    self.clock = clock
  }

  var details: String { library.name }

  /// The kernel with copies of the inputs, which it can't spoil for the oracle.
  func prepare(
    _ request: KernelRequest, threads: Int
  ) throws(ProviderError) -> any PreparedKernel {
    guard let call = request.foreignCall else { throw ProviderError.onlyOwnKernels }
    var inputs: [AlignedBuffer] = []
    for input in request.inputs {
      let copy = try KernelRequest.memory(input.byteCount)
      copy.baseAddress.copyMemory(from: input.baseAddress, byteCount: input.byteCount)
      inputs.append(copy)
    }
    return GuestKernel(
      plugin: try PreparedPlugin(
        library: library, call: call, threads: threads, inputs: inputs,
        outputs: try request.makeOutputs()),
      clock: clock)
  }
}

/// A plug-in's kernel in this process.
private final class GuestKernel: PreparedKernel {
  private let plugin: PreparedPlugin
  private let clock: any Clock

  init(plugin: PreparedPlugin, clock: any Clock) { (self.plugin, self.clock) = (plugin, clock) }

  func time(repetitions: Int) throws(ProviderError) -> Double {
    try plugin.time(repetitions: repetitions, by: clock)
  }

  func outputs() -> [AlignedBuffer] { plugin.outputs }
}
