import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { textBatch } from '../../models/batch.js';
import { computeMeter } from '../../models/compute-meter.js';
import { readPeftAdapter } from '../../models/interchange/read-peft-adapter.js';
import { tf } from '../../models/tensorflow.js';
import { batchTensors } from '../../models/transformer/batch-tensors.js';
import { decode } from '../../models/transformer/decoder.js';
import { logitsAt } from '../../models/transformer/head.js';
import { treat, treatMerged } from '../../models/treated-model.js';
import { disposeTreatment } from '../../models/treatment.js';
import { fixture, relativeError, tinyModel, valuesOf } from '../models/fixtures.js';

test.each(['apart from the weights', 'merged'])(
  'an adapter written by PEFT gives PEFT’s logits, %s',
  async (form) => {
    const golden = JSON.parse(readFileSync(fixture('peft-adapter/golden.json'), 'utf8'));
    using model = await tinyModel();
    const treatment = readPeftAdapter(fixture('peft-adapter'));
    const count = computeMeter().forward;
    using treated = form === 'merged' ? treatMerged(model, treatment, count) : treat(model, treatment);
    tf.tidy(() => {
      const batch = textBatch([golden.ids]);
      const hidden = decode(treated, batch, batchTensors(batch, model.config), { count });
      const logits = valuesOf(logitsAt(model, hidden, [batch.width - 1], count));
      expect(relativeError(logits, golden.logits_last)).toBeLessThan(1e-4);
    });
    disposeTreatment(treatment);
  },
);
