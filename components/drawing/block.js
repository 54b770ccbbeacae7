// @ts-check
// How a component's data arrives and where it is shown, shared by the components.

// The parts of a block of bytes: the length of a JSON header (uint32), the header, and what follows it.
export function partsOf(block) {
  const length = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(block.subarray(4, 4 + length)));
  return [header, block.subarray(4 + length)];
}

// A component's entry point: one View an element, which shows the data of each call and closes with the element.
export function mounting(selector, View, decode) {
  const views = new WeakMap();
  return ({ data, parentElement }) => {
    const root = parentElement.querySelector(selector);
    if (!views.has(root)) views.set(root, new View(root));
    const view = views.get(root);
    view.show(decode(data));
    // A call that a newer one has overtaken is cleaned up too: it must not close what the newer uses.
    const turn = (view.turn = {});
    return () => {
      if (view.turn !== turn) return;
      view.close();
      views.delete(root);
    };
  };
}

// A sentence with its values put in.
export const fill = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);
