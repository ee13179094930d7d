// How a process ended, which ends are clean, and what a set of ends contains.

import PoolCore
import Testing

@Suite struct ExitStatusTests {
    private let nothing = ExitStatusSet()

    @Test func onlyStatusZeroIsCleanByItself() {
        for code in Int32(0)...255 {
            #expect(ExitStatus.exited(code).isClean(nothing) == (code == 0))
        }
    }

    @Test func fourSignalsAreClean() {
        let clean = (Int32(1)...64).filter {
            ExitStatus.signaled(Signal($0), coreDumped: false).isClean(nothing)
        }
        #expect(clean == [1, 2, 13, 15])
        #expect(!ExitStatus.unknown.isClean(nothing))
    }

    @Test func aSetContainsItsCodesAndItsSignalsAndDoesNotMixThem() {
        let set = ExitStatusSet(codes: [9, 75], signals: [.abort])
        #expect(set.contains(.exited(9)))
        #expect(set.contains(.exited(75)))
        #expect(!set.contains(.exited(6)))
        #expect(set.contains(.signaled(.abort, coreDumped: false)))
        #expect(set.contains(.signaled(.abort, coreDumped: true)))
        #expect(!set.contains(.signaled(.kill, coreDumped: false)))
        #expect(!set.contains(.unknown))
    }

    @Test func theEmptySetContainsNothing() {
        #expect(!nothing.contains(.exited(0)))
        #expect(!nothing.contains(.signaled(.terminate, coreDumped: false)))
        #expect(!nothing.contains(.unknown))
    }

    @Test func whatASetAddsIsClean() {
        let set = ExitStatusSet(codes: [75], signals: [.kill])
        #expect(ExitStatus.exited(75).isClean(set))
        #expect(ExitStatus.signaled(.kill, coreDumped: false).isClean(set))
        #expect(ExitStatus.exited(0).isClean(set))
        #expect(!ExitStatus.exited(74).isClean(set))
    }

    @Test func anEndReadsLikeASentence() {
        #expect("it \(ExitStatus.exited(3))" == "it exited with status 3")
        #expect("it \(ExitStatus.unknown)" == "it is gone")
        #expect(
            "it \(ExitStatus.signaled(.abort, coreDumped: true))"
                == "it was killed by SIGABRT (core dumped)")
    }
}
