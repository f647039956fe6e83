import ArgumentParser
import Kernels

/// `plimsoll serve-kernels PATH`: the process in which a plug-in's code runs. `run` starts it.
struct ServeKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: PluginHost.verb, abstract: "Serves a plug-in to plimsoll run.",
    shouldDisplay: false)

  @Argument var path: String

  func run() { PluginHost.serve(path: path) }
}
