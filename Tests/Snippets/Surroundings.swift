// What snippets of the documentation take for granted: a program of its own would have it.

import Martlet

func answer(_ connection: Connection) {}

func answer(_ connection: Connection) async {}
