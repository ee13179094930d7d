import Foundation
import Testing

@testable import PoolWire

@Suite("What a Node worker is told")
struct NodeOrderTests {
    private func text(_ line: [UInt8]) -> String { String(decoding: line, as: UTF8.self) }

    @Test func theSocketItselfIsGiven() {
        let line = NodeOrder.share(
            4, answering: 1, key: "0", data: .object(["ticketKeys": .text("ab\n")]),
            isDatagram: false, isElsewhere: false)
        #expect(
            text(line)
                == #"{"cmd":"NODE_HANDLE","msg":{"ack":1,"cmd":"NODE_CLUSTER","#
                + #""data":{"ticketKeys":"ab\n"},"errno":0,"key":"0","seq":4},"#
                + #""type":"net.Native"}"# + "\n")
    }

    /// Without `errno` Node does not compare the ports.
    @Test func anotherPortIsNoError() {
        let line = NodeOrder.share(
            0, answering: 9, key: "1", data: .null, isDatagram: true, isElsewhere: true)
        #expect(
            text(line)
                == #"{"cmd":"NODE_HANDLE","msg":{"ack":9,"cmd":"NODE_CLUSTER","data":null,"#
                + #""key":"1","seq":0},"type":"dgram.Native"}"# + "\n")
    }

    @Test func connectionsComeOneByOne() {
        let name = NodeOrder.SocketName(address: "::", isVersion6: true, port: 3_000)
        #expect(
            text(
                NodeOrder.serve(4, answering: 1, key: "0", data: .null, name: name))
                == #"{"ack":1,"cmd":"NODE_CLUSTER","data":null,"errno":null,"key":"0","seq":4,"#
                + #""sockname":{"address":"::","family":"IPv6","port":3000}}"# + "\n")
        #expect(
            text(NodeOrder.serve(4, answering: 1, key: "0", data: .null, name: nil))
                == #"{"ack":1,"cmd":"NODE_CLUSTER","data":null,"errno":null,"key":"0","seq":4}"#
                + "\n")
        #expect(
            text(NodeOrder.connection(9, key: "2"))
                == #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","#
                + #""act":"newconn","key":"2","seq":9}}"# + "\n")
    }

    @Test func ordersAndAnswers() {
        #expect(
            text(NodeOrder.disconnect(2))
                == #"{"act":"disconnect","cmd":"NODE_CLUSTER","seq":2}"# + "\n")
        #expect(
            text(NodeOrder.acknowledge(3, answering: 8))
                == #"{"ack":8,"cmd":"NODE_CLUSTER","seq":3}"# + "\n")
        #expect(
            text(NodeOrder.refuse(1, answering: 5, data: .bool(true), because: .addressInUse))
                == #"{"ack":5,"cmd":"NODE_CLUSTER","data":true,"errno":-98,"#
                + #""key":"refused 5","seq":1}"# + "\n")
        #expect(text(NodeOrder.handleRefused) == #"{"cmd":"NODE_HANDLE_NACK"}"# + "\n")
        #expect(text(NodeOrder.message("shutdown")) == "\"shutdown\"\n")
        #expect(text(NodeOrder.message("a\n\"b\"")) == #""a\n\"b\"""# + "\n")
    }

    /// What a first worker gave for all to share comes back to each as it was.
    @Test(arguments: [
        "null", "true", "-1.5", #""x""#, "[]", #"{"a":[1,{"b":null}]}"#, #"{"k":"\u2028é\\"}"#,
    ])
    func dataIsPassedOn(json: String) throws {
        let query =
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":1,"addressType":4,"port":1,"data":"#
        guard case .query(let asked, _) = try NodeMessage(line: Array((query + json + "}").utf8))
        else { throw NodeChannelBroken.notJSON }
        let answer = NodeOrder.share(
            1, answering: 1, key: "0", data: asked.data, isDatagram: false, isElsewhere: false)
        #expect(answer.filter { $0 == UInt8(ascii: "\n") }.count == 1 && answer.last == 0x0a)
        // Read as a query again, its data are the same.
        let body = text(answer)
        let start = try #require(body.range(of: #""data":"#)?.upperBound)
        let end = try #require(body.range(of: #","errno""#)?.lowerBound)
        let again = try NodeMessage(line: Array((query + body[start..<end] + "}").utf8))
        #expect(again == .query(asked, number: 1))
    }
}
