// swift-tools-version: 6.1
// Plimsoll: one package, one executable. Every module has a rank, which docs/ARCHITECTURE.md lists, and
// may import only modules of a lower one (Tests/ArchitectureTests keeps it so).
import PackageDescription

/// A module of the house. `optimised` in debug builds too: for where tests spend their time.
func module(
  _ name: String, _ dependencies: [String] = [], path: String? = nil, resources: [Resource] = [],
  optimised: Bool = false
) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .byName(name: $0) }, path: path,
    resources: resources, swiftSettings: optimised ? [.unsafeFlags(["-O"])] : [])
}

/// A module of kernels for one instruction set: the shared algorithms compiled with `features`.
/// `-O` keeps kernels fast in the debug builds that tests use.
func kernels(_ name: String, features: [String]) -> Target {
  .target(
    name: name, dependencies: ["KernelAlgorithms", "CShims"],
    swiftSettings: [
      .unsafeFlags(["-O", "-wmo", "-num-threads", "1"] + features.flatMap { ["-Xcc", $0] })
    ])
}

/// The instruction sets that kernels are compiled for.
let instructionSets = [
  kernels("KernelsBaseline", features: []),
  kernels("KernelsAVX2", features: ["-mavx2", "-mfma", "-mf16c"]),
  kernels(
    "KernelsAVX512",
    features: [
      "-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq",
      "-mavx512vnni",
    ]),
  kernels("KernelsNEON", features: []),
]

/// The tests of one module; files that they open by path are excluded from the target.
func tests(
  of name: String, _ dependencies: [String] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: ([name] + dependencies).map { .byName(name: $0) },
    exclude: exclude, resources: resources)
}

let package = Package(
  name: "plimsoll",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "plimsoll", targets: ["plimsoll"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // 0
    module("Units"),
    .target(name: "CShims"),
    .target(name: "KernelPlugin"),
    // 1
    module("Tensors", ["Units", "CShims"]),
    module("Hardware", ["Units", "CShims"]),
    module("KernelAlgorithms", ["CShims"], optimised: true),
    module("KernelReference", optimised: true),
    module("Statistics", optimised: true),
    module("Charts", ["Units"]),
    // 2, and instructionSets
    module(
      "Models", ["Units", "Tensors"], resources: [.embedInCode("Catalogue/models.json")]),
    module("Measurement", ["Units", "Statistics", "Hardware"]),
    // 3
    module(
      "Kernels",
      [
        "Units", "Tensors", "Hardware", "Measurement", "CShims", "KernelPlugin",
        "KernelAlgorithms",
      ] + instructionSets.map(\.name)),
    module(
      "Capacity", ["Units", "Tensors", "Models", "Statistics"],
      resources: [.embedInCode("Boxes/devices.json"), .embedInCode("Speed/profiles.json")]),
    // 4
    module("Inference", ["Tensors", "Models", "KernelAlgorithms", "Kernels"]),
    module(
      "Harness",
      [
        "Units", "Tensors", "Hardware", "Statistics", "Models", "Measurement", "Kernels",
        "KernelReference",
      ]),
    // 5
    module(
      "Regression",
      ["Units", "Tensors", "Hardware", "Statistics", "Measurement", "Kernels", "Harness"],
      optimised: true),
    module(
      "Simulation",
      [
        "Units", "Tensors", "Hardware", "Statistics", "CShims", "Models", "Measurement",
        "KernelAlgorithms", "Kernels", "KernelReference", "Capacity", "Harness",
      ]),
    // 6
    .target(
      name: "Workloads",
      dependencies: [
        "Units", "Tensors", "Statistics", "Models", "KernelAlgorithms", "Kernels", "KernelPlugin",
        "KernelReference", "Capacity", "Inference", "Harness", "Simulation",
      ],
      path: "Benchmarks", exclude: ["Gate", "Peers", "Published", "Suites/README.md"],
      sources: ["Workloads"],
      resources: ["smoke", "ci", "capacity", "70b"].map { .embedInCode("Suites/\($0).suite") }),
    module(
      "Reports",
      [
        "Units", "Charts", "Hardware", "Statistics", "Models", "Capacity", "Harness", "Regression",
        "Simulation",
      ]),
    // 7
    .executableTarget(
      name: "plimsoll",
      dependencies: [
        "Units", "Hardware", "Statistics", "Models", "Measurement", "Kernels", "Capacity",
        "Harness", "Inference", "Workloads", "Regression", "Simulation", "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "TestSupport", dependencies: ["Models", "Tensors"], path: "Tests/TestSupport"),
    tests(of: "Units"),
    tests(of: "Tensors", ["Units"]),
    tests(of: "Hardware", ["Units"]),
    tests(of: "Statistics"),
    tests(of: "Charts"),
    tests(of: "Models", ["Tensors", "TestSupport"]),
    tests(of: "Measurement", ["Statistics"]),
    tests(
      of: "Kernels", ["KernelAlgorithms", "KernelReference", "Hardware", "Tensors", "Units"],
      exclude: ["Golden"]),
    tests(of: "Capacity", ["Models", "Statistics", "Tensors", "Units"]),
    tests(
      of: "Inference", ["Kernels", "Models", "Tensors", "KernelReference", "TestSupport"],
      exclude: ["Golden"]),
    tests(
      of: "Harness", ["Statistics", "Units", "Hardware", "Kernels", "Measurement", "Tensors"]),
    tests(
      of: "Workloads",
      [
        "Capacity", "Harness", "Kernels", "KernelReference", "Measurement", "Models", "Simulation",
        "Statistics", "Tensors", "TestSupport", "Units",
      ]),
    tests(
      of: "Regression",
      ["Hardware", "Statistics", "Measurement", "Kernels", "Harness", "Tensors", "Units"]),
    tests(
      of: "Simulation",
      ["Capacity", "Hardware", "Kernels", "Models", "Statistics", "Tensors", "Units"]),
    tests(
      of: "Reports",
      [
        "Capacity", "Charts", "Harness", "Hardware", "KernelAlgorithms", "Models", "Regression",
        "Simulation", "Statistics", "Units",
      ]),
    .testTarget(
      name: "KernelPluginTests", dependencies: ["KernelPlugin", "Harness", "Regression"],
      exclude: ["Example"]),
    .testTarget(name: "ArchitectureTests"),
  ]
)

package.targets += instructionSets

// The fuzzers get their main function from libFuzzer: they are there for Tests/Fuzz/run alone.
if Context.environment["PLIMSOLL_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "ReaderFuzzer", dependencies: ["Models", "Capacity"], path: "Tests/Fuzz",
      exclude: ["README.md", "run", "seeds.py"],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}
