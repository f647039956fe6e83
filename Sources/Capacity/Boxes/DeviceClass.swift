import Statistics

/// What kind of chip does the work, which fixes how much of its datasheet a runtime reaches.
///
/// The shares are rules of this project, fitted by hand on published llama.cpp runs of one model at
/// several quantisations (the slope over the bytes gives the bandwidth share, the rest the overhead
/// a layer). They carry the spread of those runs, no more.
/// Source: the Llama-2-7B scoreboards of llama.cpp (discussions 4167, 10879, 15013), Llama-3-8B of
/// XiongjieDai/GPU-Benchmarks-on-LLM-Inference, and llama.cpp's benches/dgx-spark.md.
public enum DeviceClass: String, Sendable, CaseIterable, Codable {
  /// A processor with its own memory channels.
  case processor
  /// An accelerator that shares the processor's memory: DGX Spark, Strix Halo, Jetson.
  case integrated
  /// Apple silicon.
  case apple
  /// A graphics card of a desktop computer.
  case desktop
  /// A workstation or data-centre accelerator.
  case server

  /// The share of the datasheet's bandwidth that kernels read at, overhead left out.
  public var readShare: Estimate {
    switch self {
    case .processor: Estimate(value: 0.80, low: 0.70, high: 0.90)
    case .integrated: Estimate(value: 0.84, low: 0.75, high: 0.92)
    case .apple: Estimate(value: 0.87, low: 0.78, high: 0.96)
    case .desktop: Estimate(value: 0.90, low: 0.80, high: 0.98)
    case .server: Estimate(value: 0.70, low: 0.48, high: 0.92)
    }
  }

  /// Seconds a layer costs beside reading its bytes: kernel launches, barriers, small operations.
  public var layerOverhead: Estimate {
    switch self {
    case .processor: Estimate(value: 10e-6, low: 0, high: 50e-6)
    case .integrated: Estimate(value: 45e-6, low: 10e-6, high: 120e-6)
    case .apple: Estimate(value: 155e-6, low: 100e-6, high: 200e-6)
    case .desktop: Estimate(value: 45e-6, low: 10e-6, high: 100e-6)
    case .server: Estimate(value: 75e-6, low: 40e-6, high: 110e-6)
    }
  }

  /// The share of the 16-bit arithmetic peak reached while reading a prompt.
  public func prefillShare(_ runtime: Runtime) -> Estimate {
    switch (self, runtime) {
    case (.processor, _): Estimate(value: 0.4, low: 0.2, high: 0.7)
    case (.apple, _): Estimate(value: 0.62, low: 0.40, high: 0.85)
    case (_, .vllm): Estimate(value: 0.55, low: 0.30, high: 0.85)
    case (.integrated, _): Estimate(value: 0.25, low: 0.07, high: 0.40)
    case (.desktop, _): Estimate(value: 0.55, low: 0.30, high: 0.95)
    case (.server, _): Estimate(value: 0.25, low: 0.10, high: 0.45)
    }
  }

  /// The share of the 16-bit arithmetic peak reached in training, with fused kernels (`torch.compile`) or without.
  ///
  /// Source: of published runs, compiled ones of torchtune reach 0.55 to 0.67 on one A100 and 0.62 to 0.87 on one
  /// RTX 4090, whose clock is above the datasheet's; eager ones of torchtune and TRL 0.36 to 0.63 on one A100
  /// (`Benchmarks/Published`). Two devices are few: the ranges are wider than that.
  public static func trainingShare(isFused: Bool) -> Estimate {
    isFused
      ? Estimate(value: 0.63, low: 0.45, high: 0.90) : Estimate(value: 0.50, low: 0.33, high: 0.70)
  }
}
