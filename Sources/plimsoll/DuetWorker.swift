import ArgumentParser
import Kernels
import Measurement
import Regression
import Workloads

/// `plimsoll duet-worker`: one arm of a duet. `duet` starts it.
struct DuetWorker: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: DuetHost.verb, abstract: "Plays an arm of plimsoll duet.", shouldDisplay: false)

  @Option var provider = "plimsoll"

  func run() {
    DuetHost.serve(
      { () throws(ProviderError) in
        let table: KernelTable
        do throws(KernelError) {
          table = try KernelTable.selected(environment: Environment.variables)
        } catch { throw ProviderError(.usage, error.description) }
        return try ProviderName(parsing: provider).openAsGuest(
          table: table, pools: WorkerPools(), clock: MonotonicClock())
      }, workloads: Workloads.all)
  }
}
