import Hardware
import Testing

@testable import Harness

@Suite struct FaultProbesTests {
  @Test func saysNothingWhereTheSystemDoesNotTell() {
    #expect(FaultProbes.hugePagesRefused(files: SystemFiles(root: "/no/such/root")) == nil)
  }

  #if os(Linux)
    @Test(.enabled(if: hugePagesAreOff))
    func saysSoWhereNobodyGetsThem() {
      #expect(FaultProbes.hugePagesRefused()?.contains("huge pages") == true)
    }

    static var hugePagesAreOff: Bool {
      let enabled = SystemFiles.live.text("/sys/kernel/mm/transparent_hugepage/enabled").value
      return enabled?.contains("[never]") == true
    }
  #endif
}
