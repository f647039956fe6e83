import Hardware
import Harness
import Kernels
import Measurement
import Tensors

/// One arm of a duet, in a process of its own: makes rows ready, times calls when it is asked, and
/// sleeps in between, until the connection closes.
public struct DuetHost {
  /// The verb, hidden from people, under which this program plays an arm.
  public static let verb = "duet-worker"

  private let provider: any KernelProvider
  private let workloads: [any Workload]
  private var row: PreparedRow?

  private struct PreparedRow {
    let kernel: any PreparedKernel
    /// Has the inputs, to which the kernel may have no more than pointers.
    let workload: PreparedWorkload
  }

  /// Serves the kernels of `provider`, or says why there are none; returns when the connection has closed.
  ///
  /// - Parameters:
  ///   - provider: opens the provider.
  ///   - workloads: what this program can measure.
  public static func serve(
    _ provider: () throws(ProviderError) -> any KernelProvider, workloads: [any Workload]
  ) {
    guard let channel = ServingChannel() else { return }
    CallingThread.run { serve(provider, workloads: workloads, on: channel) }
  }

  private static func serve(
    _ provider: () throws(ProviderError) -> any KernelProvider, workloads: [any Workload],
    on channel: ServingChannel
  ) {
    do throws(ProviderError) {
      var host = DuetHost(provider: try provider(), workloads: workloads)
      guard channel.send(DuetGreeting(details: host.provider.details)) else { return }
      while let request = channel.receive(DuetRequest.self),
        channel.send(host.reply(to: request))
      {}
    } catch {
      _ = channel.send(DuetGreeting(failure: DuetFailure(error)))
    }
  }

  init(provider: any KernelProvider, workloads: [any Workload]) {
    (self.provider, self.workloads) = (provider, workloads)
  }

  mutating func reply(to request: DuetRequest) -> DuetReply {
    do throws(ProviderError) {
      switch request {
      case .prepare(let text, let seed, let threads):
        return .prepared(try prepare(text, seed: seed, threads: threads))
      case .run(let calls): return .segment(try run(calls))
      case .finish(let known):
        defer { row = nil }
        return try finish(known)
      }
    } catch { return .failed(DuetFailure(error)) }
  }

  private mutating func prepare(
    _ text: RowText, seed: UInt64, threads: Int
  ) throws(ProviderError) -> RunDocument.Work {
    row = nil
    CallingThread.place(threads: threads)
    let (prepared, cost) = try inputs(text, seed: seed)
    row = PreparedRow(
      kernel: try provider.prepare(prepared.request, threads: threads), workload: prepared)
    return .init(flop: cost.flop, bytes: cost.bytes)
  }

  private func inputs(
    _ text: RowText, seed: UInt64
  ) throws(ProviderError) -> (PreparedWorkload, CostCard) {
    do throws(WorkloadError) {
      let row = try text.row(among: workloads)
      let cost = try row.workload.cost(row.parameters)
      let prepared = try row.workload.prepared(row.parameters, seed: seed)
      return (prepared, prepared.cost ?? cost)
    } catch { throw ProviderError(error) }
  }

  private func run(_ calls: Int) throws(ProviderError) -> DuetSegment {
    let kernel = try prepared.kernel
    let before = EnvironmentSnapshot.take()
    // Own caches, and threads that are awake. A call that fills the whole segment warms itself.
    if calls > 1 { _ = try kernel.time(repetitions: 1) }
    let seconds = try kernel.time(repetitions: calls)
    return DuetSegment(
      seconds: seconds, evidence: EnvironmentSnapshot.take().difference(since: before))
  }

  private func finish(_ known: [String]) throws(ProviderError) -> DuetReply {
    let row = try prepared
    let outputs = try row.kernel.outputs()
    let digest = String(outputs.reduce(0) { $1.digest(after: $0) }, radix: 16)
    let complaint = known.contains(digest) ? nil : row.workload.check(outputs).complaint
    return .finished(digest: digest, complaint: complaint)
  }

  private var prepared: PreparedRow {
    get throws(ProviderError) {
      guard let row else { throw ProviderError(.failed, "no row was made ready") }
      return row
    }
  }
}

extension AlignedBuffer {
  /// 64 bits that change with any byte, after those of other buffers.
  ///
  /// Source: each word is mixed as in Steele, Lea, Flood, "Fast splittable pseudorandom number
  /// generators", OOPSLA 2014, figure 16.
  fileprivate func digest(after start: UInt64) -> UInt64 {
    withBytes { bytes in
      var digest = SplitMix64(seed: start ^ UInt64(bytes.count)).first
      let words = UnsafeRawBufferPointer(bytes)
      for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
        digest =
          SplitMix64(
            seed: digest ^ words.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          ).first
      }
      for byte in words.suffix(bytes.count % 8) {
        digest = SplitMix64(seed: digest ^ UInt64(byte)).first
      }
      return digest
    }
  }
}

extension SplitMix64 {
  /// Its first word.
  fileprivate var first: UInt64 {
    var generator = self
    return generator.next()
  }
}

extension ProviderError {
  /// What a row that can't be made means here: rows that another version lacks are skipped.
  fileprivate init(_ error: WorkloadError) {
    switch error.kind {
    case .usage: self.init(.unsupported, error.description)
    case .refused: self.init(.refused, error.description)
    case .malformed, .notFound, .unreadable: self.init(.failed, error.description)
    }
  }
}
