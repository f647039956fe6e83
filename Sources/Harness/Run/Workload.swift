import Kernels
import Tensors
import Units

/// Something that kernels do, at any size: what is measured.
///
/// To add one, write a file in `Benchmarks/Workloads` and a line in `Workloads.all`.
public protocol Workload: Sendable {
  /// The name, as in `plimsoll run matmul`.
  var name: String { get }
  /// What it is, in a line.
  var summary: String { get }
  /// Its parameters.
  var axes: [Axis] { get }

  /// What a row costs.
  ///
  /// Errors: `.usage` when the parameters don't fit each other, `.refused` for more bytes than an
  /// `Int` counts; where a parameter is a file, those of reading it.
  func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard

  /// A row's inputs, made from `seed` and never zero, and how its outputs are checked.
  ///
  /// Errors: of `cost`, or `.refused` memory.
  func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload

  /// The same for a row that takes so long that it asks in between whether to go on.
  func prepared(
    _ parameters: Parameters, seed: UInt64, isInterrupted: @escaping () -> Bool
  ) throws(WorkloadError) -> PreparedWorkload
}

extension Workload {
  /// Asks nobody.
  public func prepared(
    _ parameters: Parameters, seed: UInt64, isInterrupted: @escaping () -> Bool
  ) throws(WorkloadError) -> PreparedWorkload {
    try prepared(parameters, seed: seed)
  }
}

/// A row whose inputs are in memory.
public struct PreparedWorkload {
  /// What providers get.
  public let request: KernelRequest
  /// What the row costs where that depends on its inputs; nil for what the workload said before.
  public let cost: CostCard?
  /// Holds the outputs that were timed against the oracle.
  public let check: ([AlignedBuffer]) -> Check
  /// What a walk met in so many samples on so many threads, asked once before `check`.
  public let walk: (_ threads: Int, _ samples: Int) -> RunDocument.Walk?

  /// Memberwise.
  public init(
    request: KernelRequest, cost: CostCard? = nil,
    walk: @escaping (_ threads: Int, _ samples: Int) -> RunDocument.Walk? = { _, _ in nil },
    check: @escaping ([AlignedBuffer]) -> Check
  ) {
    self.request = request
    self.cost = cost
    self.walk = walk
    self.check = check
  }
}

/// One row of a run: a workload with values for its parameters.
public struct Row: Sendable {
  /// The workload.
  public let workload: any Workload
  /// The values.
  public let parameters: Parameters
  /// Numbers of threads of its own; nil for those of the run.
  public let threads: [Int]?
  /// What its kernels find in the caches.
  public let caches: CacheState

  /// Memberwise.
  public init(
    _ workload: any Workload, _ parameters: Parameters, threads: [Int]? = nil,
    caches: CacheState = .hot
  ) {
    self.caches = caches
    self.workload = workload
    self.parameters = parameters
    self.threads = threads
  }

  /// `matmul/m=512,n=4096,k=4096,type=f32`, and `cache=cold` at the end where that is so.
  public var id: String {
    let pairs = parameters.pairs.map { "\($0.name)=\($0.value)" }
    return workload.name + "/"
      + (pairs + (caches == .cold ? ["cache=cold"] : [])).joined(separator: ",")
  }

  /// The same without threads of its own.
  public var onThreadsOfTheRun: Row { Row(workload, parameters, caches: caches) }

  /// The same on cold caches.
  public var cold: Row { Row(workload, parameters, threads: threads, caches: .cold) }
}

/// The bytes of several buffers, for a cost card.
///
/// Errors: `.refused` when an `Int` does not count them.
public func footprint(_ extents: [Int]...) throws(WorkloadError) -> Int {
  var total = 0
  for buffer in extents {
    var bytes = 1
    for extent in buffer {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw tooLarge }
      bytes = product
    }
    let (sum, overflow) = total.addingReportingOverflow(bytes)
    guard !overflow else { throw tooLarge }
    total = sum
  }
  return total
}

private var tooLarge: WorkloadError {
  WorkloadError(.refused, "these extents make more bytes than any box can address")
}

/// A buffer of `count` floats of magnitude ½ to 1 and either sign.
///
/// Errors: `.refused`.
public func randomFloats(_ count: Int, seed: UInt64) throws(WorkloadError) -> AlignedBuffer {
  let buffer = try memory(bytes: count * MemoryLayout<Float>.stride)
  buffer.fill(seed: seed)
  return buffer
}

/// A buffer on huge pages.
///
/// Errors: `.refused`.
public func memory(bytes: Int) throws(WorkloadError) -> AlignedBuffer {
  do throws(StorageError) { return try AlignedBuffer(byteCount: bytes, pages: .huge) } catch {
    throw WorkloadError(.refused, error.description)
  }
}
