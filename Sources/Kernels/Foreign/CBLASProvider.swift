import KernelPlugin
import Measurement
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A library with the CBLAS interface (32-bit integers), called in this process: f32 matmul and gemv.
///
/// Source: BLAS Technical Forum Standard (2001), appendix B, the C interface.
public final class CBLASProvider: KernelProvider {
  /// `cblas:PATH`.
  public let name: String
  /// What the library says about itself, and whether its threads can be set.
  public let details: String
  private let clock: any Clock
  private let matmul: MatMul
  private let gemv: Gemv
  private let setThreads: ((Int) -> Void)?

  private typealias MatMul =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafeRawPointer?, Int32, UnsafeRawPointer?,
      Int32, Float, UnsafeMutableRawPointer?, Int32
    ) -> Void
  private typealias Gemv =
    @convention(c) (
      Int32, Int32, Int32, Int32, Float, UnsafeRawPointer?, Int32, UnsafeRawPointer?, Int32, Float,
      UnsafeMutableRawPointer?, Int32
    ) -> Void
  private typealias Text = @convention(c) () -> UnsafePointer<CChar>?

  // The interface's own numbers.
  private static let (rowMajor, asItIs, transposed) = (Int32(101), Int32(111), Int32(112))

  /// The library at `path`.
  ///
  /// Errors: `.notFound`, or `.malformed` when it is no library with `cblas_sgemm` and `cblas_sgemv`.
  public init(path: String, clock: any Clock) throws(ProviderError) {
    name = "cblas:\(path)"
    self.clock = clock
    let library = try ForeignLibrary(path: path)
    matmul = try library.required("cblas_sgemm", as: MatMul.self, of: "the CBLAS interface")
    gemv = try library.required("cblas_sgemv", as: Gemv.self, of: "the CBLAS interface")
    setThreads = Self.threadSetter(of: library)
    let version = ["openblas_get_config", "bli_info_get_version_str"].lazy
      .compactMap { library.function($0, as: Text.self)?() }.first
    let threads = setThreads == nil ? "; its number of threads can't be set" : ""
    details = (version.map { String(cString: $0) } ?? "version unknown") + threads
  }

  /// f32 matmul or gemv.
  public func prepare(
    _ request: KernelRequest, threads: Int
  ) throws(ProviderError) -> any PreparedKernel {
    let outputs = try request.makeOutputs()
    let body = try body(request, outputs)
    let setThreads = setThreads
    return InProcessKernel(
      outputs: outputs, clock: clock, before: { setThreads?(threads) },
      after: waitForSpinningThreads, body: body)
  }

  private func body(
    _ request: KernelRequest, _ outputs: [AlignedBuffer]
  ) throws(ProviderError) -> () -> Void {
    let call = request.foreignCall
    if call?.operation == .matmul, let arguments = call?.decoded(as: plimsoll_matmul.self),
      arguments.a_type == PLIMSOLL_F32, arguments.b_type == PLIMSOLL_F32
    {
      return try matmulBody(arguments, request.inputs, outputs)
    }
    if call?.operation == .gemv, let arguments = call?.decoded(as: plimsoll_gemv.self),
      arguments.w_type == PLIMSOLL_F32
    {
      return try gemvBody(arguments, request.inputs, outputs)
    }
    throw ProviderError(.unsupported, "CBLAS has f32 matmul and gemv alone")
  }

  private func matmulBody(
    _ it: plimsoll_matmul, _ inputs: [AlignedBuffer], _ outputs: [AlignedBuffer]
  ) throws(ProviderError) -> () -> Void {
    let (m, n, k) = (try narrow(it.m), try narrow(it.n), try narrow(it.k))
    let (lda, ldb, ldc) = (
      try narrow(it.a_stride / 4), try narrow(it.b_stride / 4), try narrow(it.c_stride / 4)
    )
    let b = it.b_is_transposed == 0 ? Self.asItIs : Self.transposed
    let matmul = matmul
    return {
      matmul(
        Self.rowMajor, Self.asItIs, b, m, n, k, 1, inputs[0].baseAddress, lda,
        inputs[1].baseAddress, ldb, 0, outputs[0].baseAddress, ldc)
    }
  }

  private func gemvBody(
    _ it: plimsoll_gemv, _ inputs: [AlignedBuffer], _ outputs: [AlignedBuffer]
  ) throws(ProviderError) -> () -> Void {
    let (m, k, lda) = (try narrow(it.m), try narrow(it.k), try narrow(it.w_stride / 4))
    let gemv = gemv
    return {
      gemv(
        Self.rowMajor, Self.asItIs, m, k, 1, inputs[0].baseAddress, lda, inputs[1].baseAddress, 1,
        0, outputs[0].baseAddress, 1)
    }
  }

  private func narrow(_ extent: Int64) throws(ProviderError) -> Int32 {
    guard let extent = Int32(exactly: extent) else {
      throw ProviderError(.unsupported, "CBLAS counts to 2³¹ − 1, and this row needs \(extent)")
    }
    return extent
  }

  private static func threadSetter(of library: ForeignLibrary) -> ((Int) -> Void)? {
    typealias Narrow = @convention(c) (Int32) -> Void
    typealias Wide = @convention(c) (Int) -> Void
    for name in ["openblas_set_num_threads", "MKL_Set_Num_Threads"] {
      if let set = library.function(name, as: Narrow.self) { return { set(Int32($0)) } }
    }
    return library.function("bli_thread_set_num_threads", as: Wide.self).map { set in { set($0) } }
  }
}
