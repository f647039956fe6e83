import Hardware
import Testing

@testable import Harness

@Suite struct FaultProbesTests {
  @Test func saysNothingWhereTheSystemDoesNotTell() {
    #expect(FaultProbes.missing(files: SystemFiles(root: "/no/such/root")).isEmpty)
  }

  #if os(Linux)
    @Test(.enabled(if: hugePagesAreOff))
    func saysSoWhereNobodyGetsThem() {
      #expect(FaultProbes.missing().first?.reason?.contains("huge pages") == true)
    }

    static var hugePagesAreOff: Bool {
      let enabled = SystemFiles.live.text("/sys/kernel/mm/transparent_hugepage/enabled").value
      return enabled?.contains("[never]") == true
    }
  #endif
}
