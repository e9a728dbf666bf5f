"""Scores of lm-evaluation-harness on items {"prompt", "options", "label"}: lm_eval_scores.py MODEL_DIR ITEMS.jsonl"""
import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

TASK = """task: items
dataset_path: json
dataset_kwargs: {data_files: {test: FILE}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{prompt}}"
doc_to_choice: "{{options}}"
doc_to_target: label
metric_list: [{metric: acc}, {metric: acc_norm}]
"""

model, items = sys.argv[1], os.path.abspath(sys.argv[2])
folder = tempfile.mkdtemp()
with open(os.path.join(folder, "items.yaml"), "w") as file:
    file.write(TASK.replace("FILE", json.dumps(items)))
found = simple_evaluate(
    model="hf",
    model_args={"pretrained": model, "dtype": "float32"},
    tasks=["items"],
    task_manager=TaskManager(include_path=folder),
    batch_size=16,
    device="cpu",
)
scores = found["results"]["items"]
print(json.dumps({"acc": scores["acc,none"], "acc_norm": scores["acc_norm,none"]}))
