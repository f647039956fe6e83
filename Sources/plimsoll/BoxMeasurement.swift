import Capacity
import Hardware
import Harness
import Kernels
import Statistics
import Units

/// This box: its stored profile, or a new one.
struct BoxMeasurement {
  private let quiet: Bool
  private let note: (String) -> Void
  private let folder: String?
  private let machine = Machine.read()
  private let store = ProfileStore(environment: Environment.variables)

  init(output: Output<some FormatChoice>, folder: String? = nil) {
    quiet = output.quiet
    note = output.note
    self.folder = folder
  }

  /// The stored profile, or a fresh one when there is none of these kernels and processors, or when
  /// `fresh` is asked for.
  func profile(fresh: Bool) throws(Failure) -> Profile {
    let table = try table()
    let fingerprint = MachineFingerprint(machine).description
    if !fresh, let stored = store.load(fingerprint: fingerprint),
      stored.describes(table.instructionSet, processors: WorkerPool.availableProcessors)
    {
      return stored
    }
    let profile = try measure(table)
    if let reason = store.save(profile).reason {
      note("the profile was not stored and will be measured again: \(reason)")
    }
    return profile
  }

  /// What holds the box back, by earlier profiles, the catalogue, physics and the system's state now.
  func health(_ profile: Profile) -> Health {
    let processor = profile.machine.processor.value?.name
    let product =
      profile.machine.platform.isDGXSpark
      ? "NVIDIA DGX Spark" : profile.machine.platform.product.value
    let entry = (try? BoxCatalogue.builtIn())?.entry(processor: processor, product: product)
    let sockets = Double(profile.machine.topology.value?.sockets ?? 1)
    return Health(
      of: profile, history: store.history(fingerprint: profile.fingerprint),
      datasheet: entry.map {
        Health.Datasheet(
          name: $0.name, bandwidth: $0.bandwidthGBs * 1e9 * sockets,
          leastShare: $0.deviceClass.leastProcessorShare)
      }, facts: .read())
  }

  /// What the system would really give now.
  func availableMemory() throws(Failure) -> AvailableMemory {
    switch AvailableMemory.read() {
    case .value(let memory): return memory
    case .unavailable(let reason):
      throw Failure(
        .refused, "the memory of this box can't be read: \(reason); name it: --memory 16GiB")
    }
  }

  private func measure(_ table: KernelTable) throws(Failure) -> Profile {
    let available = try availableMemory().available
    let profiler = Profiler(
      table: table, machine: machine,
      accelerators: Accelerator.found(searchPath: Environment.variables["PATH"] ?? ""),
      memoryBudget: available,
      folder: folder ?? Environment.workingFolder)
    Interruption.watch()
    var progress = Progress(isQuiet: quiet)
    defer { progress.finish() }
    do throws(Profiler.Failure) {
      return try profiler.run(
        measuredAt: Environment.now, isInterrupted: { Interruption.isPending },
        progress: { progress.show($0, share: $1) })
    } catch {
      progress.finish()
      switch error {
      case .interrupted: throw Failure(.interrupted, "interrupted: nothing was stored")
      case .wrongAnswers(let names):
        throw Failure(.wrongAnswer, "kernels gave wrong answers: \(names.joined(separator: "; "))")
      case .refused(let reason): throw Failure(.refused, reason)
      }
    }
  }

  /// The kernels that the environment chooses.
  func table() throws(Failure) -> KernelTable {
    do throws(KernelError) {
      return try KernelTable.selected(environment: Environment.variables)
    } catch { throw Failure(.usage, error.description) }
  }
}

extension Profile {
  /// Whether these kernels were measured, on so many processors: an affinity mask or a chosen
  /// instruction set makes no new box, and yet other figures.
  fileprivate func describes(_ set: InstructionSetName, processors: Int) -> Bool {
    instructionSet == set.rawValue
      && ceilings.filter { $0.name == "read_bandwidth" }.map(\.threads).max() == processors
  }
}

extension Profile {
  /// Reading through a mapping, from what it takes where pages have to be given up to what it takes where they don't.
  fileprivate var diskReadMapped: Estimate? {
    let free = ceiling("disk_read_mmap")?.estimate
    guard let full = ceiling("disk_read_mmap_reclaim")?.estimate else { return free }
    return Estimate(
      value: full.value, low: min(full.low, free?.low ?? full.low),
      high: max(full.high, free?.high ?? full.high))
  }
}

extension Box {
  /// The box that a profile describes, with the memory it can give now.
  init(_ profile: Profile, available: Bytes, age: String) throws(Failure) {
    guard let bandwidth = profile.ceiling("read_bandwidth")?.estimate else {
      throw Failure(.malformed, "the profile has no read_bandwidth; measure again with --fresh")
    }
    // Arithmetic is only ever slowed down: where a neighbour takes a core in some rounds, their median falls by up to
    // a half, and the upper end of its interval by some hundredths (27 profiles of one shared box: spread 0.13 and 0.03).
    var peaks: [String: Double] = [:]
    peaks["f32"] = profile.ceiling("fma_f32")?.high
    peaks["int8"] = profile.ceiling("dot_i8")?.high
    self.init(
      id: profile.fingerprint, name: profile.machine.summary, measured: true, pool: .system,
      memoryTotal: profile.machine.memory.value ?? available, memoryAvailable: available,
      readBandwidth: bandwidth, peaks: peaks,
      matmulRate: profile.achieved("matmul_f32")?.estimate,
      diskRead: profile.ceiling("disk_read")?.estimate,
      diskReadMapped: profile.diskReadMapped,
      source: "measured on it \(age)",
      warnings: profile.reservations.map { Assessment.Warning(code: $0.code, message: $0.message) }
        + Self.unmeasured(profile.accelerators ?? []))
  }

  /// A note for each kind of accelerator beside the processor, which the figures leave out.
  private static func unmeasured(_ accelerators: [Accelerator]) -> [Assessment.Warning] {
    let catalogue = try? BoxCatalogue.builtIn()
    return Dictionary(grouping: accelerators, by: \.name).sorted { $0.key < $1.key }.map {
      name, cards in
      let memory = cards.first?.memory
      let count = cards.count == 1 ? "an accelerator" : "\(cards.count) accelerators"
      let size = memory.map { " with \($0) each" } ?? ""
      let next =
        catalogue?.entry(chip: name, memory: memory).map {
          "judge by its datasheet: --box \($0.id)"
        } ?? "describe it in a file for --box (docs/BOXES.md)"
      return Assessment.Warning(
        code: "accelerator-not-measured",
        message:
          "this box has \(count), \(name)\(size), which was not measured and takes no part in "
          + "these figures; \(next)")
    }
  }
}

extension Machine {
  /// One line for people: `AMD EPYC, 2 cores, 23.5 GiB`.
  var summary: String {
    let name = platform.product.value ?? processor.value?.name ?? "this box"
    let cores = topology.value.map { ", \($0.physicalCores) cores" } ?? ""
    let memory = memory.value.map { ", \($0)" } ?? ""
    return name + cores + memory
  }
}
