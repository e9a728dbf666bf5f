"""SmolLM2-135M-Instruct from its GGUF file as a Hugging Face folder in float32: export_model.py FILE.gguf FOLDER"""
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

file, target = sys.argv[1:3]
folder, name = os.path.split(file)
quantised = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
config = quantised.config
del config.quantization_config
model = LlamaForCausalLM(config)
model.load_state_dict(quantised.state_dict())
model.save_pretrained(target)
AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(target)
