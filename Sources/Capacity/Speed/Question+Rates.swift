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

  /// What of `touched` bytes of weights has to come from disk: at best only what has no room; at
  /// worst, when a cyclic scan evicts each page before it is used again, all of it.
  func disk(touched: Double, budget: Bytes, ledger: MemoryLedger) -> Estimate? {
    guard let rate = box.diskRead else { return nil }
    let stored = Double(ledger.total(.weights).count)
    let resident = max(0, Double(budget.count) - Double(ledger.total.count) + stored)
    let best = touched * max(0, 1 - resident / max(stored, 1))
    return Estimate(
      value: (best + touched) / 2 / rate.value, low: best / rate.high, high: touched / rate.low)
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
