import { byId } from './dom.js';
import { drawExplanation } from './plan.js';
import { authorization } from './session.js';

const firstQuery = `query Catalogue {
  products(first: 5) {
    nodes {
      name
      price { formatted }
      stock { available }
      unitsSold
      shippingEstimate { formatted }
    }
  }
}
`;

/** Lets the pane run operations and draw how they were answered. */
export function prepareQuery() {
  const [form, text] = [byId('query-form'), byId('query-text')];
  text.value = firstQuery;
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(text.value);
  });
}

async function run(query) {
  const response = await fetch('/console/api/run', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization() },
    body: JSON.stringify({ query }),
  });
  const answer = await response.json();
  const { result = { errors: [{ message: answer.detail ?? 'refused' }] }, explanation = null } = answer;
  byId('plan').replaceChildren(...(explanation ? drawExplanation({ result, explanation }).filter(Boolean) : []));
  byId('answer').textContent = JSON.stringify(result, null, 2);
  byId('answer-fold').hidden = false;
  byId('answer-fold').open = !explanation?.plan;
}
