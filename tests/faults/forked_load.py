"""A load that runs in a process of its own, so that Python's other threads do not get into its way.

    class MyLoad(ForkedLoad):
        def run(self, stop): ...        in that process, until the event `stop` is set; what it returns goes to
        def take(self, result): ...     in the test's process, when the load has ended
"""

import multiprocessing
import threading


class ForkedLoad:
    def __enter__(self):
        context = multiprocessing.get_context("fork")
        self._end, theirs = context.Pipe()
        self._process = context.Process(target=self._run, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *_):
        """Ends the load; everything that was sent has been sent now."""
        self._end.send("stop")
        result = self._end.recv()
        self._process.join()
        self.take(result)

    def _run(self, end):
        stop, result = threading.Event(), []
        thread = threading.Thread(target=lambda: result.append(self.run(stop)))
        thread.start()
        end.recv()
        stop.set()
        thread.join()
        end.send(result[0])


def run_all(runs, stop):
    """Each in a thread, with `stop`, until all have ended."""
    threads = [threading.Thread(target=run, args=(stop,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
