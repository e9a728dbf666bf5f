const plainSeconds = 10;

/**
 * Shows the steps on a stream: a line for each that ends, and what is running meanwhile.
 * On a terminal the running steps share one line that is rewritten; elsewhere they are plain lines, one set every 10 seconds.
 */
export function stepDisplay(stream, now = () => performance.now()) {
  const running = new Map();
  const live = stream.isTTY === true;
  const timer = setInterval(() => tick(), live ? 200 : plainSeconds * 1000);
  timer.unref();

  function line(text) {
    if (live) stream.write('\r\x1b[K');
    stream.write(`${text}\n`);
  }

  function tick() {
    if (running.size === 0) return;
    const parts = [...running].map(
      ([name, { text, since }]) => `${name}${text && `: ${text}`} (${seconds(since)})`,
    );
    if (live) stream.write(`\r\x1b[K${`… ${parts.join(' · ')}`.slice(0, (stream.columns ?? 80) - 1)}`);
    else for (const part of parts) stream.write(`… ${part}\n`);
  }

  const seconds = (since) => `${((now() - since) / 1000).toFixed(1)} s`;

  return {
    begin(name) {
      running.set(name, { text: '', since: now() });
      if (!live) line(`… ${name}`);
    },
    detail(name, text) {
      const step = running.get(name);
      if (step) step.text = text;
    },
    found: (name, state) => line(`✓ ${name}: ${state}`),
    end(name, result) {
      const { since } = running.get(name);
      running.delete(name);
      line(`✓ ${name}: ${result} (${seconds(since)})`);
    },
    fail(name) {
      running.delete(name);
    },
    close() {
      clearInterval(timer);
      if (live) stream.write('\r\x1b[K');
    },
  };
}
