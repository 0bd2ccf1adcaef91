// What a step expects. The message of a failure says what was expected and what was there.

export function expect(isTrue, expected, found) {
  if (!isTrue) throw new Error(`expected ${expected}, found ${typeof found === 'string' ? found : JSON.stringify(found)}`);
}

// Reads again and again until `accepts` what was read, and returns it.
export async function until(expected, read, accepts, secsMax = 30) {
  const end = Date.now() + secsMax * 1000;
  for (;;) {
    const found = await read();
    if (accepts(found)) return found;
    if (Date.now() > end) throw new Error(`expected ${expected} within ${secsMax} s, found ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
