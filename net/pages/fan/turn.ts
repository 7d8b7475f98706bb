// Tells a fan whose turn has come: by the title, a sound, a notification, and a screen that stays on until then.
import { client } from "./session";
import { words } from "./words";

const soundKey = "frontrow.sound";
let audio: AudioContext | null = null;
let flashing = 0;
let lock: WakeLockSentinel | null = null;

export function soundWanted(): boolean {
  try {
    return localStorage.getItem(soundKey) !== "off";
  } catch {
    return true;
  }
}
export function wantSound(on: boolean): void {
  try {
    localStorage.setItem(soundKey, on ? "on" : "off");
  } catch {
    return;
  }
  if (on) playSound(0.05);
}

// Browsers let a page make sounds only after the user has touched it.
function wakeAudio(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
  } catch {
    // No sound then.
  }
}

function playSound(volume: number): void {
  wakeAudio();
  if (!audio) return;
  [523.25, 659.25, 783.99].forEach((frequency, at) => {
    const start = audio!.currentTime + at * 0.18, tone = audio!.createOscillator(), gain = audio!.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(volume, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
    tone.connect(gain).connect(audio!.destination);
    tone.start(start);
    tone.stop(start + 0.6);
  });
}

export function notificationState(): NotificationPermission | "missing" {
  return typeof Notification === "undefined" ? "missing" : Notification.permission;
}
export async function askForNotifications(): Promise<NotificationPermission> {
  return Notification.requestPermission();
}

async function notify(concertId: number): Promise<void> {
  if (notificationState() !== "granted" || !document.hidden) return;
  const options = { body: words.turn.text, tag: `frontrow-turn-${concertId}`, requireInteraction: true };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration) return registration.showNotification(words.turn.title, options);
  const shown = new Notification(words.turn.title, options);
  shown.onclick = () => window.focus();
}

function flashTitle(): void {
  clearInterval(flashing);
  const usual = document.title;
  let on = false;
  flashing = window.setInterval(() => {
    on = !on && document.hidden;
    document.title = on ? `\u25cf ${words.turn.title}` : usual;
    if (!document.hidden) clearInterval(flashing);
  }, 1000);
}

async function keepScreenOn(on: boolean): Promise<void> {
  try {
    if (on && !lock && !document.hidden) {
      lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => { lock = null; });
    } else if (!on) await lock?.release();
  } catch {
    // Not allowed, or unknown to this browser.
  }
}

/** Watches the places of this browser from now on. */
export function watchTurns(onTurn: (concertId: number) => void): void {
  const waiting = new Set<number>(), watched = new Set<number>();
  document.addEventListener("pointerdown", wakeAudio, { once: true });
  document.addEventListener("keydown", wakeAudio, { once: true });
  const watch = () => {
    for (const concertId of client.places) {
      if (watched.has(concertId)) continue;
      watched.add(concertId);
      const visit = client.visit(concertId);
      const look = () => {
        const state = visit.state.entry?.state;
        if (state === "waiting") waiting.add(concertId);
        else if (state && waiting.delete(concertId) && state === "active") {
          if (soundWanted()) playSound(0.2);
          void notify(concertId);
          flashTitle();
          onTurn(concertId);
        }
        void keepScreenOn(waiting.size > 0);
      };
      visit.subscribe(look);
      look();
    }
  };
  watch();
  window.setInterval(watch, 1000);
  document.addEventListener("visibilitychange", () => void keepScreenOn(waiting.size > 0));
}
