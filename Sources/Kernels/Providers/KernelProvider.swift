import Measurement
import Tensors

/// Whose kernels are measured: Plimsoll's own, a CBLAS library's, a plug-in's.
public protocol KernelProvider: AnyObject {
  /// The name it was asked for by, as `cblas:/usr/lib/libopenblas.so.0`.
  var name: String { get }

  /// What it says about itself: a version, an instruction set.
  var details: String { get }

  /// The process in which its kernels run; nil for this one.
  var process: Int32? { get }

  /// Its kernel for `request` on `threads` threads, ready to be called.
  ///
  /// Errors: `.unsupported` where it has no such kernel, else what went wrong.
  func prepare(
    _ request: KernelRequest, threads: Int
  ) throws(ProviderError) -> any PreparedKernel
}

extension KernelProvider {
  /// This process.
  public var process: Int32? { nil }
}

/// A kernel with its inputs and outputs in place.
public protocol PreparedKernel: AnyObject {
  /// Calls the kernel `repetitions` times and gives the time of all calls together in seconds.
  ///
  /// The clock is read once before the first and once after the last call.
  func time(repetitions: Int) throws(ProviderError) -> Double

  /// What the last call wrote, output by output: the buffers that were timed, or a copy of them.
  func outputs() throws(ProviderError) -> [AlignedBuffer]

  /// What making it ready took, as repacking weights, in seconds; nil where nobody knows.
  var setupSeconds: Double? { get }
}

extension PreparedKernel {
  /// Not known.
  public var setupSeconds: Double? { nil }
}

/// One piece of work as every provider gets it: inputs, room for outputs, and how to go about it.
///
/// A class, so that a provider can tell whether it still has these inputs.
public final class KernelRequest {
  /// What the kernel reads, filled.
  public let inputs: [AlignedBuffer]
  /// Bytes of each output.
  public let outputByteCounts: [Int]
  /// The call as other people's kernels take it; nil for work that only Plimsoll's own can do.
  public let foreignCall: ForeignCall?
  /// Makes Plimsoll's own kernel ready for a pool and outputs: what it does first, as repacking
  /// weights, is not timed, and what it returns is.
  public let ownKernel: OwnKernel

  /// Makes a body to time, for the kernels of a table, a pool and buffers for the outputs.
  public typealias OwnKernel = (
    _ table: KernelTable, _ pool: WorkerPool, _ outputs: [AlignedBuffer]
  ) throws(ProviderError) -> () throws(KernelError) -> Void

  /// Memberwise.
  public init(
    inputs: [AlignedBuffer], outputByteCounts: [Int], foreignCall: ForeignCall?,
    ownKernel: @escaping OwnKernel
  ) {
    self.inputs = inputs
    self.outputByteCounts = outputByteCounts
    self.foreignCall = foreignCall
    self.ownKernel = ownKernel
  }
}

extension KernelRequest {
  /// Buffers for the outputs, every byte of them 255: floats that are not numbers, so that what a
  /// kernel leaves out shows.
  func makeOutputs() throws(ProviderError) -> [AlignedBuffer] {
    try Self.makeOutputs(outputByteCounts)
  }

  static func makeOutputs(_ byteCounts: [Int]) throws(ProviderError) -> [AlignedBuffer] {
    var buffers: [AlignedBuffer] = []
    for count in byteCounts {
      let buffer = try memory(count)
      buffer.withBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 255) }
      buffers.append(buffer)
    }
    return buffers
  }

  static func memory(_ byteCount: Int) throws(ProviderError) -> AlignedBuffer {
    do throws(StorageError) { return try AlignedBuffer(byteCount: byteCount, pages: .huge) } catch {
      throw ProviderError(.refused, error.description)
    }
  }
}

/// A kernel called in this process.
final class InProcessKernel: PreparedKernel {
  let setupSeconds: Double?
  private let results: [AlignedBuffer]
  private let clock: any Clock
  private let before: () -> Void
  private let after: () -> Void
  private let body: () throws(ProviderError) -> Void

  /// - Parameters:
  ///   - setupSeconds: what making it ready took.
  ///   - before: done before the clock is read, as setting a library's number of threads.
  ///   - after: done after the last call, when the clock has been read.
  ///   - body: one call.
  init(
    outputs: [AlignedBuffer], clock: any Clock, setupSeconds: Double? = nil,
    before: @escaping () -> Void = {}, after: @escaping () -> Void = {},
    body: @escaping () throws(ProviderError) -> Void
  ) {
    results = outputs
    self.setupSeconds = setupSeconds
    self.clock = clock
    self.before = before
    self.after = after
    self.body = body
  }

  func time(repetitions: Int) throws(ProviderError) -> Double {
    before()
    let start = clock.nanoseconds()
    for _ in 0..<repetitions { try body() }
    let end = clock.nanoseconds()
    after()
    return Double(end - start) * 1e-9
  }

  func outputs() -> [AlignedBuffer] { results }
}
