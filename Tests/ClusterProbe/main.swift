// A program that is its own master, for tests: which one, the first argument says; the second is the
// pool's name, further ones are the scene's. What the primary sees it prints, a fact a line.

import Glibc
import LinuxKernel
import MartletCluster

let words = CommandLine.arguments
guard words.count > 2 else {
    StandardStream.error.write("usage: ClusterProbe SCENE NAME [WORD]…\n".utf8)
    exit(64)
}
switch words[1] {
case "life": playLife(words[2])
case "messages": playMessages(words[2])
case "greeting": playGreeting(words[2], at: Array(words.dropFirst(3)))
case "limits": playLimits(words[2])
case "broken": playBroken(words[2])
case "awaiting": await playAwaiting(words[2])
default: exit(64)
}
