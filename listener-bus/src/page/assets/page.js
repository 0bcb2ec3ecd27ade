// Keeps the page up to date: on a tick, when anything has changed, the main part is fetched again and morphed in.
(() => {
  "use strict";

  const FALLBACK_MILLIS = 1000;
  const SLOWEST_MILLIS = 30000;
  const connection = document.getElementById("connection");
  const pause = document.getElementById("pause");

  let isPaused = false;
  let isBusy = false;
  let shownVersion = null;
  let latestVersion = null;
  let notBefore = 0;
  let retryMillis = FALLBACK_MILLIS;
  let source = null;

  function say(text, state) {
    if (connection.textContent !== text) {
      connection.textContent = text;
    }
    connection.dataset.state = state;
  }

  function isReading(element) {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode);
  }

  const callbacks = {
    // What the reader has typed, chosen or opened stays.
    beforeNodeMorphed: (old) => !(old instanceof HTMLFormElement),
    beforeAttributeUpdated: (name, element) => !(name === "open" && element instanceof HTMLDetailsElement),
  };

  function isWanted(main) {
    const follows = main.dataset.follows === "clock" || latestVersion !== shownVersion;
    return follows && !isPaused && !isBusy && !document.hidden && !isReading(main) && Date.now() >= notBefore;
  }

  async function refresh() {
    const main = document.getElementById("main");
    if (!isWanted(main)) {
      return;
    }
    isBusy = true;
    const begun = Date.now();
    const version = latestVersion;
    try {
      const answer = await fetch(location.href, { headers: { "x-fragment": "main" }, cache: "no-store" });
      const html = await answer.text();
      if (html.startsWith("<main")) {
        Idiomorph.morph(main, html, { morphStyle: "outerHTML", callbacks });
        shownVersion = version;
      }
      say("Live", "live");
    } catch {
      say("Connection lost", "lost");
    } finally {
      isBusy = false;
      // A server that needs long gets as much rest, and more.
      const took = Date.now() - begun;
      notBefore = Date.now() + Math.min(took * 2, SLOWEST_MILLIS);
    }
  }

  function connect() {
    source = new EventSource(document.body.dataset.ticks);
    source.addEventListener("open", () => {
      retryMillis = FALLBACK_MILLIS;
      say("Live", "live");
    });
    source.addEventListener("tick", (tick) => {
      latestVersion = JSON.parse(tick.data).version;
      refresh();
    });
    source.addEventListener("error", () => {
      source.close();
      source = null;
      say("Connection lost", "lost");
      setTimeout(reconnect, retryMillis);
      retryMillis = Math.min(retryMillis * 2, SLOWEST_MILLIS);
    });
  }

  function reconnect() {
    if (source === null && !isPaused && !document.hidden) {
      connect();
    }
  }

  // A tab that nobody sees, or that was paused, holds no connection.
  function settle() {
    if (isPaused || document.hidden) {
      source?.close();
      source = null;
      say(isPaused ? "Paused" : "Not watched", "idle");
    } else {
      reconnect();
    }
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    settle();
  });
  document.addEventListener("visibilitychange", settle);
  say("Connecting", "idle");
  settle();
})();
