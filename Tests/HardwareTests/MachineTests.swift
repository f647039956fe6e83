import Foundation
import Hardware
import Testing
import Units

@Suite struct MachineTests {
  @Test func intelGuest() throws {
    let fixture = try Fixture(Boxes.intel)
    let machine = Machine.read(from: fixture.files)
    let processor = try #require(machine.processor.value)
    #expect(processor.name == "Intel Xeon Platinum 8481C CPU @ 2.70GHz")
    #expect(processor.architecture == "x86_64")
    #expect((processor.family, processor.model, processor.stepping) == (6, 143, 8))
    #expect(processor.features.contains(.avx512VNNI))
    #expect(processor.features.contains(.amxINT8))
    #expect(!processor.features.contains(.amxBF16))
    #expect(!processor.features.contains(.bf16), "Arm's bf16 is not x86's avx512_bf16")
    #expect(machine.platform.virtualisation == .value("KVM"))
    #expect(machine.platform.operatingSystem == .value("Ubuntu 24.04.1 LTS"))
    #expect(machine.platform.container == nil)
    #expect(machine.memory == .value(Bytes(16_384_000 << 10)))
    #expect(machine.paging.transparentHugePages == .value("madvise"))
    #expect(machine.paging.hugePageSize == .value(.mebibytes(2)))
    #expect(machine.paging.defragmentation.reason?.contains("defrag: No such file") == true)
    let node = MemoryNode(id: 0, cpus: CPUList(0..<4), memory: Bytes(16_384_000 << 10))
    #expect(machine.memoryNodes == .value([node]))
  }

  @Test func hyperthreadsShareCores() throws {
    let fixture = try Fixture(Boxes.intel)
    let topology = try #require(Topology.read(from: fixture.files).value)
    #expect(topology.online == CPUList(0..<4))
    #expect(topology.allowed == CPUList([1, 2, 3]))
    #expect(topology.physicalCores == 2)
    #expect(topology.sockets == 1)
    #expect(topology.simultaneousMultithreading)
    #expect(topology.oneThreadPerCore == CPUList([1, 2]), "0 is not allowed, its sibling 2 is")
  }

  @Test func twoSocketsNumberCoresAlike() throws {
    var files = ["/sys/devices/system/cpu/online": "0-3"]
    for cpu in 0..<4 {
      files.merge(Boxes.core(cpu, siblings: "\(cpu)", package: cpu / 2)) { $1 }
    }
    let fixture = try Fixture(files)
    let topology = try #require(Topology.read(from: fixture.files).value)
    #expect((topology.physicalCores, topology.sockets) == (4, 2))
    #expect(!topology.simultaneousMultithreading)
  }

  @Test func cachesAreCountedOnce() throws {
    let fixture = try Fixture(Boxes.intel)
    let caches = try #require(Cache.read(from: fixture.files, online: CPUList(0..<4)).value)
    #expect(caches.map(\.level) == [1, 1, 3])
    #expect(caches.map(\.count) == [2, 2, 1])
    #expect(caches.map(\.sharedBy) == [2, 2, 4])
    #expect(caches.data(level: 1)?.size == .kibibytes(48))
    #expect(caches.data(level: 3)?.size == .mebibytes(105))
    #expect(caches.data(level: 2) == nil)
  }

  @Test func strictContainer() throws {
    let fixture = try Fixture(Boxes.amdContainer)
    let machine = Machine.read(from: fixture.files)
    #expect(machine.processor.value?.vendor == "AuthenticAMD")
    #expect(machine.topology.value?.online == CPUList([0]))
    #expect(machine.caches.value == nil)
    #expect(machine.memory.reason?.contains("/proc/meminfo") == true)
    #expect(machine.platform.container == "kubepods")
    #expect(machine.platform.virtualisation == .value("none"))
  }

  @Test func nothingAtAll() throws {
    let fixture = try Fixture()
    let machine = Machine.read(from: fixture.files)
    #expect(machine.processor.value == nil)
    #expect(machine.topology.value == nil)
    #expect(machine.platform.virtualisation.value == nil)
    #expect(machine.platform.product.reason?.contains("/sys/class/dmi") == true)
    #expect(MachineFingerprint(machine).description.hasPrefix("unknown-0c-unknowng-"))
  }

  @Test func spark() throws {
    let fixture = try Fixture(Boxes.spark)
    let machine = Machine.read(from: fixture.files)
    let processor = try #require(machine.processor.value)
    #expect(processor.architecture == "arm64")
    #expect(processor.name == "10x Cortex-A725 + 10x Cortex-X925")
    #expect(processor.features.contains(.i8mm))
    #expect(!processor.features.contains(.sve2), "half of the cores lack it")
    #expect(machine.platform.isDGXSpark)
    let caches = try #require(machine.caches.value)
    #expect(caches.data(level: 2) == caches.first { $0.size == .kibibytes(512) })
    #expect(caches.filter { $0.level == 2 }.map(\.count) == [10, 10])
    #expect(caches.filter { $0.level == 3 }.map(\.size) == [.mebibytes(8), .mebibytes(16)])
    #expect(
      MachineFingerprint(machine).description.hasPrefix("10x-cortex-a725-10x-cortex-x925-20c-128g-")
    )
  }

  @Test(arguments: [
    ("NVIDIA DGX Spark", true), ("NVIDIA_DGX_Spark", true), ("Dell Pro Max with GB10", true),
    ("NVIDIA DGX Station", false), ("GB100", false), ("", false),
  ])
  func productNames(name: String, isSpark: Bool) throws {
    let fixture = try Fixture(["/sys/class/dmi/id/product_name": name])
    #expect(Platform.read(from: fixture.files, hypervisorFlag: nil).isDGXSpark == isSpark)
  }

  @Test func hypervisorWithoutAName() throws {
    let fixture = try Fixture()
    let platform = Platform.read(from: fixture.files, hypervisorFlag: true)
    #expect(platform.virtualisation == .value("unnamed"))
  }

  @Test func survivesStorage() throws {
    let fixture = try Fixture(Boxes.spark)
    let machine = Machine.read(from: fixture.files)
    let data = try JSONEncoder().encode(machine)
    #expect(try JSONDecoder().decode(Machine.self, from: data) == machine)
  }

  @Test func thisMachine() throws {
    let machine = Machine.read()
    let topology = try #require(machine.topology.value)
    #expect(topology.allowed.count >= 1)
    #expect(topology.physicalCores <= topology.online.count)
    #expect(topology.sockets <= topology.physicalCores)
    #expect(topology.oneThreadPerCore.count <= topology.physicalCores)
    #if arch(x86_64)
      #expect(machine.processor.value?.features.contains(.sse2) == true)
    #elseif arch(arm64)
      #expect(machine.processor.value?.features.contains(.asimd) == true)
    #endif
    #expect(machine.paging.pageSize.count.nonzeroBitCount == 1)
  }
}
