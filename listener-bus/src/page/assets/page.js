// Keeps the page up to date: on a tick, when anything has changed, the main part is fetched again and morphed in.
(() => {
  "use strict";

  const FALLBACK_MILLIS = 1000;
  const SLOWEST_MILLIS = 30000;
  const REFUSALS = {
    400: "a parameter in the address is wrong",
    401: "the token is not accepted, reload to type it in",
    404: "what was shown here is not there any more",
    421: "the server is not asked for by its own name",
    503: "too many follow it already",
  };
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

  function isWatched() {
    return !isPaused && !document.hidden;
  }

  function isReading(element) {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(element);
  }

  const callbacks = {
    // What the reader has typed, chosen or opened stays.
    beforeNodeMorphed: (old) => !(old instanceof HTMLFormElement),
    beforeAttributeUpdated: (name, element) => !(name === "open" && element instanceof HTMLDetailsElement),
  };

  // Whether it would be put in now; says so where text that is selected would go with what it stands in.
  function isWelcome(main) {
    if (isReading(main)) {
      say("Paused while text is selected", "idle");
      return false;
    }
    return true;
  }

  function isWanted(main) {
    const hasNews = main.dataset.follows === "clock" || latestVersion !== shownVersion;
    return hasNews && !isBusy && Date.now() >= notBefore && isWelcome(main);
  }

  function refusal(status) {
    return REFUSALS[status] ?? `the server has answered ${status}`;
  }

  // What is wrong with an answer; null where it is the page.
  function complaint(answer, html) {
    if (answer.status !== 200) {
      return refusal(answer.status);
    }
    return html.startsWith("<main") ? null : "what came back is not this page, reload it";
  }

  function show(main, html) {
    try {
      Idiomorph.morph(main, html, { morphStyle: "outerHTML", callbacks });
    } catch (error) {
      console.error(error);
      say("Not live: what came back could not be shown, reload the page", "lost");
      return;
    }
    shownVersion = document.getElementById("main").dataset.version;
    say("Live", "live");
  }

  async function update(main, asked) {
    const answer = await fetch(location.href, {
      headers: { "x-fragment": "main" },
      cache: "no-store",
      signal: AbortSignal.timeout(SLOWEST_MILLIS),
    });
    const html = await answer.text();
    // Paused, hidden or cut off meanwhile: that has been said.
    if (source !== asked) {
      return;
    }
    const wrong = complaint(answer, html);
    if (wrong !== null) {
      say(`Not live: ${wrong}`, "lost");
    } else if (isWelcome(main)) {
      show(main, html);
    }
  }

  async function refresh() {
    const main = document.getElementById("main");
    if (!isWanted(main)) {
      return;
    }
    isBusy = true;
    const begun = Date.now();
    const asked = source;
    try {
      await update(main, asked);
    } catch {
      if (source === asked) {
        say("Connection lost", "lost");
      }
    } finally {
      isBusy = false;
      // A server that needs long gets as much rest, and more.
      const took = Date.now() - begun;
      notBefore = Date.now() + Math.min(took * 2, SLOWEST_MILLIS);
    }
  }

  function connect() {
    // It is live when it was fetched anew: it may have been away for long.
    shownVersion = null;
    source = new EventSource(document.body.dataset.ticks);
    source.addEventListener("open", () => {
      retryMillis = FALLBACK_MILLIS;
    });
    source.addEventListener("tick", (tick) => {
      latestVersion = String(JSON.parse(tick.data).version);
      refresh();
    });
    source.addEventListener("error", () => {
      source.close();
      source = null;
      explain();
      setTimeout(reconnect, retryMillis);
      retryMillis = Math.min(retryMillis * 2, SLOWEST_MILLIS);
    });
  }

  // An event source does not tell why it ended.
  async function explain() {
    const asking = new AbortController();
    let text = "Connection lost";
    try {
      const answer = await fetch(document.body.dataset.ticks, { cache: "no-store", signal: asking.signal });
      if (answer.status !== 200) {
        text = `Not live: ${refusal(answer.status)}`;
      }
    } catch {
      // Nobody answers: it is lost.
    }
    asking.abort();
    if (source === null && isWatched()) {
      say(text, "lost");
    }
  }

  function reconnect() {
    if (source === null && isWatched()) {
      connect();
    }
  }

  // A tab that nobody sees, or that was paused, holds no connection.
  function settle() {
    if (!isWatched()) {
      source?.close();
      source = null;
      say(isPaused ? "Paused" : "Not watched", "idle");
    } else if (source === null) {
      say("Connecting", "idle");
      connect();
    }
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    settle();
  });
  document.addEventListener("visibilitychange", settle);
  settle();
})();
