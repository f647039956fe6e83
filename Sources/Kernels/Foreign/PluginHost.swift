import CShims
import KernelPlugin
import Measurement
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process in which a plug-in's code runs: loads the library, then does what it is asked until the
/// connection closes.
public struct PluginHost {
  /// The verb, hidden from people, under which this program serves a plug-in.
  public static let verb = "serve-kernels"

  private let library: PluginLibrary
  private let data = PluginData(descriptor: Int32(process_data))
  private let clock = MonotonicClock()
  private var inputs: [AlignedBuffer] = []
  private var kernels: [PreparedPlugin] = []

  /// Serves the library at `path`; returns when the other process has closed the connection.
  public static func serve(path: String) {
    guard let channel = ServingChannel() else { return }
    do throws(ProviderError) {
      var host = PluginHost(library: try PluginLibrary(path: path))
      guard channel.send(PluginReply.ready(name: host.library.name)) else { return }
      while let request = channel.receive(PluginRequest.self),
        channel.send(host.reply(to: request))
      {}
    } catch {
      _ = channel.send(PluginReply.failed(error.kind, error.description))
    }
  }

  private init(library: PluginLibrary) { self.library = library }

  private mutating func reply(to request: PluginRequest) -> PluginReply {
    do throws(ProviderError) { return try answer(request) } catch {
      return .failed(error.kind, error.description)
    }
  }

  private mutating func answer(_ request: PluginRequest) throws(ProviderError) -> PluginReply {
    switch request {
    case .load(let byteCounts):
      kernels = []
      inputs = []
      for count in byteCounts { inputs.append(try KernelRequest.memory(count)) }
      if let reason = data.read(into: inputs) { throw ProviderError(.failed, reason) }
      return .done
    case .prepare(let call, let threads, let outputs):
      let outputs = try KernelRequest.makeOutputs(outputs)
      kernels.append(
        try PreparedPlugin(
          library: library, call: call, threads: threads, inputs: inputs, outputs: outputs))
      return .prepared(kernel: kernels.count - 1)
    case .run(let kernel, let repetitions):
      return .timed(seconds: try prepared(kernel).time(repetitions: repetitions, by: clock))
    case .collect(let kernel):
      if let reason = data.write(try prepared(kernel).outputs) {
        throw ProviderError(.refused, "the outputs could not be handed over: \(reason)")
      }
      return .done
    }
  }

  private func prepared(_ kernel: Int) throws(ProviderError) -> PreparedPlugin {
    guard kernels.indices.contains(kernel) else {
      throw ProviderError(.failed, "kernel \(kernel) was forgotten when new inputs came")
    }
    return kernels[kernel]
  }
}

/// A library that implements `plimsoll_kernel.h`.
struct PluginLibrary {
  /// What it calls itself.
  let name: String
  private let library: ForeignLibrary
  private let supports: @convention(c) (Int32, Int32) -> Int32

  /// One of the entry points.
  typealias Entry = @convention(c) (UnsafeRawPointer) -> Int32
  /// Gives a kernel's state back.
  typealias Release = @convention(c) (Int32, UnsafeMutableRawPointer?) -> Void

  /// Loads the library at `path` and asks for its version.
  ///
  /// Errors: `.notFound`; `.malformed` for another version or a missing function.
  init(path: String) throws(ProviderError) {
    library = try ForeignLibrary(path: path)
    let version = try library.required(
      "plimsoll_kernel_version", as: (@convention(c) () -> UInt32).self, of: Self.interface)
    guard version() == UInt32(PLIMSOLL_KERNEL_VERSION) else {
      throw ProviderError(
        .malformed,
        "\(path) was compiled for version \(version()) of plimsoll_kernel.h, and this is version "
          + "\(PLIMSOLL_KERNEL_VERSION); compile it again")
    }
    let name = try library.required(
      "plimsoll_kernel_name", as: (@convention(c) () -> UnsafePointer<CChar>?).self,
      of: Self.interface)
    self.name = name().map { String(cString: $0) } ?? "nameless"
    supports = try library.required(
      "plimsoll_kernel_supports", as: (@convention(c) (Int32, Int32) -> Int32).self,
      of: Self.interface)
  }

  private static let interface = "plimsoll_kernel.h"

  /// The entry point for `call`.
  ///
  /// Errors: `.unsupported` when the library says no, `.malformed` when it says yes and has none.
  func entry(for call: ForeignCall) throws(ProviderError) -> Entry {
    let operation = call.operation
    guard supports(operation.rawValue, call.type) != 0 else {
      throw ProviderError(.unsupported, "the plug-in has no \(operation) with this type")
    }
    return try library.required(
      operation.symbol, as: Entry.self, of: "plimsoll_kernel_supports (it said yes to \(operation))"
    )
  }

  /// Frees what kernels left in their state, where the library knows how.
  var release: Release? { library.function("plimsoll_kernel_release", as: Release.self) }
}

/// A plug-in's kernel with its argument struct filled in.
final class PreparedPlugin {
  /// What the kernel writes.
  let outputs: [AlignedBuffer]
  private let inputs: [AlignedBuffer]
  private let operation: ForeignCall.Operation
  private let entry: PluginLibrary.Entry
  private let release: PluginLibrary.Release?
  private let arguments: UnsafeMutableRawPointer
  private let state: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init(
    library: PluginLibrary, call: ForeignCall, threads: Int, inputs: [AlignedBuffer],
    outputs: [AlignedBuffer]
  ) throws(ProviderError) {
    entry = try library.entry(for: call)
    release = library.release
    operation = call.operation
    (self.inputs, self.outputs) = (inputs, outputs)
    state = .allocate(capacity: 1)
    state.initialize(to: nil)
    arguments = call.makeArguments(
      threads: threads, inputs: inputs, outputs: outputs, state: state)
  }

  deinit {
    if let left = state.pointee { release?(operation.rawValue, left) }
    state.deallocate()
    arguments.deallocate()
  }

  /// Seconds that `repetitions` calls took together.
  func time(repetitions: Int, by clock: any Clock) throws(ProviderError) -> Double {
    var code: Int32 = 0
    let start = clock.nanoseconds()
    for _ in 0..<repetitions where code == 0 { code = entry(arguments) }
    let end = clock.nanoseconds()
    waitForSpinningThreads()
    switch Int(code) {
    case PLIMSOLL_DONE: return Double(end - start) * 1e-9
    case PLIMSOLL_UNSUPPORTED:
      throw ProviderError(.unsupported, "the plug-in's \(operation) does not take these extents")
    default:
      throw ProviderError(.failed, "the plug-in's \(operation) returned the error \(code)")
    }
  }
}
