// io.martlet.Pool, as text for `varlinkctl introspect`; docs/io.martlet.Pool.varlink is a copy.

package enum PoolInterface {
    package static let name = "io.martlet.Pool"

    static let status = "\(name).Status"
    static let list = "\(name).List"
    static let configuration = "\(name).Configuration"
    static let restartWorker = "\(name).RestartWorker"
    static let killWorker = "\(name).KillWorker"
    static let send = "\(name).Send"
    static let reload = "\(name).Reload"
    static let why = "\(name).Why"
    static let metrics = "\(name).Metrics"
    static let subscribe = "\(name).Subscribe"
    static let scale = "\(name).Scale"
    static let pauseRollout = "\(name).PauseRollout"
    static let resumeRollout = "\(name).ResumeRollout"
    static let abortRollout = "\(name).AbortRollout"
    static let reexec = "\(name).Reexec"
    static let leave = "\(name).Leave"

    /// The interface in Varlink's own language. What has been published here keeps its meaning:
    /// fields are added, never changed.
    package static let text = """
        # A pool of workers behind one listening socket, as its master tells of it. The master
        # listens on /run/martlet/NAME/control. Root and the pool's own user may call every method; members
        # of the group martlet those that only tell: Status, List, Why, Subscribe, Configuration,
        # Metrics.
        interface io.martlet.Pool

        # starting: the first generation rises. serving: all is as it should be, or on its way
        # there. reloading: a rollout is under way. stopping: no worker will be started again.
        # ended: nothing is left.
        type PoolState (starting, serving, reloading, stopping, ended)

        # reading: the configuration is being read. forward: new workers replace old ones. back:
        # the rollout failed, and the workers of the generation before take over again.
        type RolloutStage (reading, forward, back)

        # With a worker, launching: its program does not run yet. starting: it is not ready yet.
        # ready: it serves. disconnecting: it was asked through its channel to go. stopping: it was sent
        # its KillSignal=, or said that it is leaving. ending: it was asked again, with
        # FinalKillSignal=. killed: it got SIGKILL and is not gone yet. Without one, waiting: the next
        # start has its time. resting: too many starts, the next comes when the limit allows it.
        # finished: Restart= wants no worker here any more.
        type WorkerState (
            launching, starting, ready, disconnecting, stopping, ending, killed, waiting, resting,
            finished
        )

        # incumbent: holds its slot. candidate: rises to take a slot. leaver: has no slot any more.
        type WorkerRole (incumbent, candidate, leaver)

        type Rollout (
            # The generation before.
            from: int,
            to: int,
            stage: RolloutStage,
            # Whether it was told to open no further slot.
            paused: ?bool,
            # Slots that run the new generation.
            replaced: int,
            # Slots that are emptied before their new worker is started.
            clearing: ?[]int,
            # Slots with a candidate.
            rising: []int,
            # Slots whose turn has not come.
            waiting: []int,
            secondsUnderWay: float
        )

        # One worker, or a slot without one; or the agent.
        type Worker (
            # 0 and up, stable over restarts; -1 for the agent.
            slot: int,
            # Unique among all workers the pool ever started; null without a worker.
            incarnation: ?int,
            generation: int,
            state: WorkerState,
            # Null without a worker.
            role: ?WorkerRole,
            pid: ?int,
            uptimeSeconds: ?float,
            # Until the slot gets its next worker, if it waits for that.
            nextStartSeconds: ?float,
            # Workers started in this slot because the one before had ended by itself.
            restarts: int,
            # Why the slot is in the state it is in.
            lastReason: string,
            # Why the next start is not at once, and when it will be.
            delay: ?string,
            # What the worker said of itself with STATUS=.
            statusText: ?string,
            # Memory of the main process that is in RAM; null if it can't be read.
            memoryBytes: ?int,
            # Resident memory that is shared with nobody, when it was last measured; only with
            # RecycleMemory=.
            ownMemoryBytes: ?int,
            # Requests that this process has answered, and those under way; null if it does not count.
            requests: ?int,
            requestsUnderWay: ?int,
            # Connections that the master has passed to it and that have not ended; null where nobody tells
            # the master of their ends.
            connections: ?int,
            # Processor time of the main process since its start, in user mode and in the kernel; null if it
            # can't be read.
            cpuSeconds: ?float,
            # Since its last heartbeat; null without a watchdog.
            heartbeatSeconds: ?float
        )

        type Listener (
            # FileDescriptorName= of its socket unit.
            name: string,
            # stream, datagram or sequential-packet.
            kind: string,
            # As systemd writes it: 127.0.0.1:80, [::1]:80, /run/x.sock, @name.
            address: string,
            # Where the program of Protocol=node takes it to be: *:3000. Null before it has asked.
            asked: ?string
        )

        type Master (
            pid: int,
            # 1 for the first since the pool was started, one more for each that has taken its workers
            # over.
            number: int,
            version: string,
            # Since it has begun, or has taken over.
            secondsRunning: float
        )

        type PoolReport (
            pool: string,
            state: PoolState,
            # Of the master.
            pid: int,
            # Null from one of an older version.
            master: ?Master,
            # Rolled out, or being rolled out.
            generation: int,
            # Workers there should be.
            wanted: int,
            # Workers beyond that which stand by: Spare=.
            spare: ?int,
            # Slots with a worker that serves.
            ready: int,
            # The line that systemctl status shows.
            status: string,
            # Why the last reload failed, if it did.
            lastFailure: ?string,
            # The file the pool was read from, if there is one.
            configuration: ?string,
            rollout: ?Rollout,
            # Null if the pool has none.
            agent: ?Worker,
            workers: []Worker,
            listeners: []Listener
        )

        # One line of the configuration, as a file could have it.
        type Setting (
            # Without its brackets.
            section: string,
            name: string,
            value: string,
            # File and line, or where else it comes from.
            origin: string
        )

        # Something that happened: a start, an end, a kill, a delay, a decision, with its reason.
        type Happening (
            # Microseconds since 1970.
            time: int,
            # Null if it concerns the whole pool; -1 for the agent.
            slot: ?int,
            generation: ?int,
            # 3 is an error, 4 a warning, 5 a notice, 6 information.
            priority: int,
            # What it is, by the name that the journal's catalog has for its MESSAGE_ID:
            # worker-started, rollout-failed and so on.
            kind: ?string,
            # In a few words, where there is one to tell; MARTLET_REASON of the journal.
            reason: ?string,
            sentence: string
        )

        # What a program of the pool has said to subscribers.
        type Message (
            # The slot of the worker; -1 for the agent.
            from: ?int,
            # Any JSON value.
            msg: object
        )

        # gauge: goes up and down. counter: goes up, or begins anew with the master, or with the worker
        # it is of. histogram: counts by size, and begins anew with the master.
        type MetricType (gauge, counter, histogram)

        type MetricBucket (
            # Null is all.
            upTo: ?float,
            # Of what was observed so much or less.
            count: int
        )

        type MetricSample (
            # By name.
            labels: [string]string,
            # Of a histogram, the sum of what was observed.
            value: float,
            # Of a histogram, in ascending order; the last is all.
            buckets: ?[]MetricBucket
        )

        # Samples with a name, a unit and a meaning in common, in the sense of OpenMetrics. Labels of
        # what is about a worker: slot is 0 and up or "agent", and it is the worker that holds the
        # slot, not one that rises or leaves.
        type MetricFamily (
            # It begins with martlet_ and ends with its unit.
            name: string,
            type: MetricType,
            # seconds or bytes.
            unit: ?string,
            help: string,
            samples: []MetricSample
        )

        # How the pool is.
        method Status() -> (pool: PoolReport)

        # The workers of Status alone, the agent first: all, or those of one slot. Slot -1 is the agent.
        method List(slot: ?int) -> (workers: []Worker)

        # What the pool runs with: the files that were read, in order, and every setting in force. A file
        # that has changed since then counts from the next reload on.
        method Configuration() -> (files: []string, settings: []Setting)

        # The latest happenings, at most 1000, the oldest first; with a slot, those of that slot
        # and of the pool as a whole. Slot -1 is the agent.
        method Why(slot: ?int) -> (happenings: []Happening)

        # What there is to count and to measure, for a monitoring system. All pools have the same
        # families; one without samples is left out.
        method Metrics() -> (families: []MetricFamily)

        # Called with "more": a reply for each thing that happens from now on, and for each message to
        # subscribers, until the client or the master leaves. A client that does not read is told how
        # many replies it has lost. Each reply has one of the three.
        method Subscribe() -> (happening: ?Happening, message: ?Message, lost: ?int)

        # Reads the configuration anew and replaces every worker. The reply comes when the rollout
        # has ended well: the generation that serves, and how many of its workers are ready.
        # Called with "more", a reply with the status line alone comes before that for each change
        # of it. With wait=false the reply is empty and comes at once.
        method Reload(wait: ?bool) -> (
            generation: ?int,
            ready: ?int,
            wanted: ?int,
            status: ?string
        )

        # Asks for another number of workers until the next reload: so many (1 to 1024), or so many
        # more or fewer; exactly one of both. The reply names the number there will be. While a
        # start or a rollout is under way it is not effective yet and comes after that.
        method Scale(to: ?int, by: ?int) -> (wanted: int, effective: bool)

        # Opens no further slot; workers that rise already take theirs.
        method PauseRollout() -> ()

        # Goes on with a rollout that was paused.
        method ResumeRollout() -> ()

        # Gives the rollout up: the generation before takes over again.
        method AbortRollout() -> ()

        # Puts a fresh worker in the place of one, or of each of them in turn. As in a rollout the old one
        # serves until the fresh one is ready; a slot that waits, rests or is finished gets one at once. The
        # reply comes when it serves. Slot -1 is the agent, which makes room first.
        method RestartWorker(slot: ?int) -> ()

        # Sends a signal to the main process of a worker, and draws no conclusion from that: a worker that
        # ends of it is replaced as any that ends. The signal is named as in systemd.kill(5): SIGUSR1, USR1,
        # 10. Without one it is SIGTERM. Slot -1 is the agent.
        method KillWorker(slot: int, signal: ?string) -> ()

        # Tells programs of the pool something, as if one of them had: all, others, workers, agent, random,
        # subscribers, or the number of a slot; without "to" all. The message is any JSON value of at most
        # 65000 bytes. The reply names how many programs are told; subscribers don't count.
        method Send(to: ?string, msg: object) -> (recipients: int)

        # Has the master execute itself anew, under the same process id: a new version takes over, and no
        # worker notices. The reply comes right before that, and the connection ends. NotPossible if the
        # program can't take the pool over: then everything goes on as before.
        method Reexec() -> ()

        # The next SIGTERM is not for the workers: the master ends and leaves them to the next one, which
        # the service manager starts. Its units call this when the pool is restarted.
        method Leave() -> ()

        # What was asked for can't be done now: no rollout is under way, there is no such worker, a fresh
        # worker has failed, the new program can't take over. The reason says which.
        error NotPossible (reason: string)

        # The configuration was refused or the new workers failed. The generation named serves on.
        error ReloadFailed (reason: string, generation: ?int)

        # Whoever called is neither root nor the pool's own user, nor, for a method that only tells, a
        # member of the group martlet.
        error PermissionDenied (user: ?int)

        # As many connections as the master takes are open.
        error TooManyClients ()

        # The pool is being stopped.
        error Stopping ()

        """
}
