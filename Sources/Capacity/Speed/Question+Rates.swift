import Models
import Statistics
import Units

extension Question {
  /// The rate this box reads weights and cache at.
  var readRate: Estimate {
    box.decodesOnProcessor
      ? box.readBandwidth * settings.runtime.processorReadShare : box.readBandwidth
  }

  /// The rate nothing reads above.
  var readLimit: Double { box.datasheetBandwidth?.value ?? box.readBandwidth.high }

  /// Arithmetic a processor brings to one token: its int8 peak for quantised weights, else f32.
  ///
  /// A rule of this project: half to all of the peak, since unpacking shares the same units.
  var decodeArithmetic: Estimate? {
    guard box.decodesOnProcessor else { return prefillArithmetic }
    let peak = weights.isQuantised ? box.peaks["int8"] ?? box.peaks["f32"] : box.peaks["f32"]
    return peak.map { Estimate(value: 0.75 * $0, low: 0.5 * $0, high: $0) }
  }

  /// Arithmetic brought to many tokens at once: the measured matrix rate of a processor, else a
  /// share of the matrix peak.
  var prefillArithmetic: Estimate? {
    if box.decodesOnProcessor, let measured = box.matmulRate {
      return measured * Estimate(value: 0.85, low: 0.4, high: 1.5)
    }
    let share = box.deviceClass.prefillShare(settings.runtime)
    return box.matrixPeak.map { share * $0 }
  }

  /// Bytes of the cache that one step of decoding reads at `depth`; states are written back too.
  var cacheBytesRead: Double {
    groups.reduce(0) { sum, group in
      let cells = group.seen(depth: depth) * Double(group.cellBytes(settings.cacheType, in: groups))
      let states = 2 * Double(group.stateBytes)
      return sum + Double(group.layers) * Double(settings.batch) * (cells + states)
    }
  }

  /// Whether a step reads weights from the disk.
  func readsDisk(_ verdict: Verdict) -> Bool {
    verdict == .streams || settings.weightReading == .direct
  }

  /// What reading from the disk adds to a step that touches `touched` bytes of weights and takes `other` beside;
  /// nil when the disk is unknown.
  ///
  /// Mapped, at the pace of page faults: the page cache gives up what was used longest ago, so a scan that is larger
  /// than it and always the same evicts each page just before its next use, and all of it is read again, however
  /// little is missing (seen on Linux 6.18 at 1.05 to 3 times the memory: 100 % a token). Experts are chosen anew: at
  /// best only what has no room is read. Past the page cache: all of it. At best, the rest of the step hides behind it.
  func disk(touched: Double, besides other: StepTime, ledger: MemoryLedger) -> StepTime? {
    guard let direct = box.diskRead else { return nil }
    let isMapped = settings.weightReading == .mapped
    let rate = isMapped ? box.diskReadMapped ?? direct : direct
    let besides = (ledger.total - ledger.total(.weights)).count
    let room = Double(max(0, budget.count.minusSaturated(besides)))
    let missing = touched * max(0, 1 - room / max(weights.walkedBytes, 1))
    let isScan = weights[.routedExperts].bytes == 0
    let most = isMapped && missing == 0 ? 0 : touched
    let fewest = isMapped && !isScan ? missing : most
    let all = Estimate(
      value: (fewest + most) / 2 / rate.value, low: fewest / rate.high, high: most / rate.low)
    var step = other
    step.disk = Estimate(
      value: isMapped ? all.value : max(0, all.value - other.total.value),
      low: max(0, all.low - other.total.low), high: all.high)
    step.leastDisk = missing / direct.high
    return step
  }

  /// Handing the activations of `tokens` tokens from box to box, 16 bits an element.
  ///
  /// A rule of this project: 20 µs to 1 ms a hop beside the transfer, between RDMA and plain TCP.
  func link(tokens: Int) -> Estimate {
    let hops = Double(min(settings.boxes, max(layers, 1)) - 1)
    guard hops > 0 else { return Estimate(exactly: 0) }
    let rate = settings.link ?? CheckSettings.defaultLink
    let bytes = 2 * Double(model.geometry.hiddenSize) * Double(tokens)
    let transfer = bytes / rate.value
    return Estimate(
      value: hops * (transfer / 0.8 + 100e-6), low: hops * (transfer + 20e-6),
      high: hops * (transfer / 0.5 + 1e-3))
  }
}

extension CacheGroup {
  /// Bytes one layer reads of one earlier token; a layer that shares a cache reads its neighbour's.
  fileprivate func cellBytes(_ type: CacheType, in groups: [CacheGroup]) -> Int {
    guard case .sharedCache = mixer else { return bytesPerCell(type) }
    let owners = groups.filter { $0.window == window && $0.bytesPerCell(type) > 0 }
    return owners.last?.bytesPerCell(type) ?? 0
  }
}
