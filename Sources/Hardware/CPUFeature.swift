/// An instruction set extension that decides which kernels a processor can run.
///
/// The raw value is the name used in this tool's output; `kernelName` is Linux's.
public enum CPUFeature: String, Sendable, Codable, CaseIterable {
  case sse2
  case avx
  case avx2
  case fma
  case f16c
  case avxVNNI = "avx-vnni"
  case avx512f
  case avx512bw
  case avx512vl
  case avx512dq
  case avx512VNNI = "avx512-vnni"
  case avx512BF16 = "avx512-bf16"
  case avx512FP16 = "avx512-fp16"
  case amxTile = "amx-tile"
  case amxINT8 = "amx-int8"
  case amxBF16 = "amx-bf16"
  case asimd
  case asimdHP = "asimd-fp16"
  case asimdDP = "asimd-dotprod"
  case i8mm
  case bf16
  case sve
  case sve2

  /// The word in `flags` (x86) or `Features` (Arm) of `/proc/cpuinfo`.
  public var kernelName: String {
    switch self {
    case .avxVNNI: "avx_vnni"
    case .avx512VNNI: "avx512_vnni"
    case .avx512BF16: "avx512_bf16"
    case .avx512FP16: "avx512_fp16"
    case .amxTile: "amx_tile"
    case .amxINT8: "amx_int8"
    case .amxBF16: "amx_bf16"
    case .asimdHP: "asimdhp"
    case .asimdDP: "asimddp"
    default: rawValue
    }
  }

  /// The key below `hw.optional` by which macOS tells of it, or nil where it has none.
  public var sysctlName: String? {
    switch self {
    case .sse2: "hw.optional.sse2"
    case .avx: "hw.optional.avx1_0"
    case .avx2: "hw.optional.avx2_0"
    case .fma: "hw.optional.fma"
    case .f16c: "hw.optional.f16c"
    case .avx512f, .avx512bw, .avx512vl, .avx512dq: "hw.optional.\(rawValue)"
    case .asimd: "hw.optional.arm.AdvSIMD"
    case .asimdHP: "hw.optional.arm.FEAT_FP16"
    case .asimdDP: "hw.optional.arm.FEAT_DotProd"
    case .i8mm: "hw.optional.arm.FEAT_I8MM"
    case .bf16: "hw.optional.arm.FEAT_BF16"
    case .avxVNNI, .avx512VNNI, .avx512BF16, .avx512FP16, .amxTile, .amxINT8, .amxBF16, .sve,
      .sve2:
      nil
    }
  }

  /// The features among the words of a `flags` or `Features` line, in the order of this enum.
  public static func named(in words: some StringProtocol) -> [CPUFeature] {
    let words = Set(words.split { $0 == " " }.map { String($0) })
    return allCases.filter { words.contains($0.kernelName) }
  }
}
