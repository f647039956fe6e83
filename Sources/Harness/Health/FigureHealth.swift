import Hardware
import Statistics
import Units

/// What measured figures say of a box's health: against earlier profiles, a datasheet, and physics.
struct FigureHealth {
  let profile: Profile
  let history: ProfileHistory
  let datasheet: Health.Datasheet?

  var findings: [HealthFinding] {
    changes + [belowDatasheet, oneChannel, fewReads].compactMap(\.self)
  }

  private var earlier: [ProfileHistory.Entry] { history.comparable(with: profile) }

  var comparedWith: String {
    let count = earlier.count
    let parts =
      (count > 0 ? ["the median of \(count) earlier \(count == 1 ? "profile" : "profiles")"] : [])
      + (datasheet.map { ["the datasheet of \($0.name)"] } ?? [])
    return parts.isEmpty
      ? "physics alone: there is no earlier profile, and the catalogue does not have this box"
      : parts.joined(separator: " and ") + ", and physics"
  }

  // MARK: Earlier profiles

  /// A figure is ill below this share of what it was.
  ///
  /// A shared box reads memory by up to a quarter slower from one hour to the next; a lost channel, a clock at
  /// its floor or a halved quota take half. Three fifths lies between. The whole 95 % interval has to be below, so
  /// that a noisy measurement accuses nobody.
  static let leastShare = 0.6

  // Not the disk: which one is measured depends on the folder.
  private static let watched: [(name: String, code: String, what: String, advice: String)] = [
    (
      "read_bandwidth", "low-bandwidth", "memory is read at",
      "end other programs; see whether all memory modules are seated and known "
        + "(dmidecode -t memory); on rented machines ask for another host"
    ),
    (
      "fma_f32", "low-arithmetic", "multiply-adds run at",
      "see whether the clock is held down (power plan, cooling, quota); end other programs"
    ),
    (
      "latency_memory", "high-latency", "a read from memory takes",
      "end other programs; see whether huge pages are on and the memory's clock is what it was"
    ),
  ]

  private var changes: [HealthFinding] {
    Self.watched.compactMap { watched in
      guard let now = profile.ceiling(watched.name), let estimate = now.estimate,
        let before = Self.median(of: now.name, in: earlier), before > 0
      else { return nil }
      let isTime = now.unit == "s"
      let isIll =
        isTime
        ? estimate.low * Self.leastShare > before : estimate.high < Self.leastShare * before
      guard isIll else { return nil }
      return HealthFinding(
        code: watched.code, severity: .sick,
        found: "\(watched.what) \(Self.print(estimate.value, now.unit))",
        expected: "\(Self.print(before, now.unit)), the median of earlier profiles of such a box",
        advice: watched.advice)
    }
  }

  private static func median(of name: String, in entries: [ProfileHistory.Entry]) -> Double? {
    Sample(entries.compactMap { $0.figures.first { $0.name == name }?.value }).median
  }

  private static func print(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "s": "\(Seconds(value))"
    case "FLOP/s": "\(FLOPsPerSecond(value))"
    default: "\(BytesPerSecond(value))"
    }
  }

  // MARK: The datasheet

  /// Under a hypervisor or with a part of the processors a box can't read as its kind does.
  private var isWhole: Bool {
    let topology = profile.machine.topology.value
    return profile.machine.platform.virtualisation.value == "none"
      && topology.map { $0.allowed == $0.online } ?? false
  }

  private var belowDatasheet: HealthFinding? {
    guard isWhole, let datasheet, let read = profile.ceiling("read_bandwidth")?.estimate,
      read.high < datasheet.leastShare * datasheet.bandwidth
    else { return nil }
    let share = Decimal.fixed(datasheet.leastShare * 100, 0)
    return HealthFinding(
      code: "below-datasheet", severity: .sick,
      found: "memory is read at \(BytesPerSecond(read.value))",
      expected:
        "at least \(share) % of the \(BytesPerSecond(datasheet.bandwidth)) in the datasheet "
        + "of \(datasheet.name)",
      advice: "see whether every memory channel has a module and runs at its full clock "
        + "(dmidecode -t memory), and whether the clock is held down")
  }

  // MARK: Physics

  /// Bytes a second of a channel of DDR4-3200, 8 bytes wide. Source: JEDEC JESD79-4.
  private static let channel = 25.6e9

  /// Desktops and servers of six cores and more have two channels at least, and two of the slowest DDR4
  /// (DDR4-1600) already move as much as one of the fastest; of what a channel moves, programs get 0.9.
  private var oneChannel: HealthFinding? {
    guard isWhole, let machine = profile.machine.processor.value, machine.architecture == "x86_64",
      let cores = profile.machine.topology.value?.physicalCores, cores >= 6,
      let read = profile.ceiling("read_bandwidth")?.estimate, read.high < 0.9 * Self.channel
    else { return nil }
    return HealthFinding(
      code: "bandwidth-of-one-channel", severity: .limited,
      found: "\(cores) cores read memory at \(BytesPerSecond(read.value))",
      expected: "more than one channel of DDR4-3200 gives (\(BytesPerSecond(Self.channel)))",
      advice: "see whether the modules lie in different channels (dmidecode -t memory); a few "
        + "small processors have one channel by design")
  }

  /// Little's law: bandwidth times latency is what is under way. A core of x86-64 has ten line fill buffers or
  /// more (Intel since Nehalem: Intel 64 and IA-32 Optimization Reference Manual), and its prefetchers ask for
  /// more than that; with fewer than eight lines under way, something else than memory holds the core back.
  private var fewReads: HealthFinding? {
    let reads = profile.ceilings.filter { $0.name == "read_bandwidth" && $0.threads == 1 }
    guard profile.machine.processor.value?.architecture == "x86_64",
      let rate = reads.first?.estimate, let latency = profile.ceiling("latency_memory")?.estimate
    else { return nil }
    let line = 64.0
    guard rate.high * latency.high / line < 8 else { return nil }
    return HealthFinding(
      code: "few-reads-under-way", severity: .sick,
      found: "one core reads at \(BytesPerSecond(rate.value)) with a latency of "
        + "\(Seconds(latency.value)): \(Decimal.fixed(rate.value * latency.value / line, 1)) "
        + "cache lines are under way",
      expected: "at least 8 (Little's law; a core has ten line fill buffers or more)",
      advice: "switch the hardware prefetchers on in the firmware; see whether the clock is held "
        + "down")
  }
}
