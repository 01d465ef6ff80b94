"""Ten small models, and what each of their parameters is for, in words.

A line names parameters by a pattern, then the role, then what else is known: `bias`, `norm`, `head`
for a bias of it, `in 4` for so many matrices in one array, `= name` for a tied one.
"""

import torch
from torch import nn


def mlp():
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 3))


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 2)


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, bias=False), nn.BatchNorm2d(outputs)
        if inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 7, bias=False), nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Residual(4, 4), Residual(4, 4))
        self.layer2 = nn.Sequential(Residual(4, 8), Residual(8, 8))
        self.fc = nn.Linear(8, 5)


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)


class MLPBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)


class LayerScale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))


class PatchEmbed(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, 4)


class ViTBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.attn, self.ls1 = nn.LayerNorm(width), Attention(width), LayerScale(width)
        self.norm2, self.mlp = nn.LayerNorm(width), MLPBlock(width)


class ViT(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.cls_token = nn.Parameter(torch.ones(1, 1, width))
        self.pos_embed = nn.Parameter(torch.ones(1, 5, width))
        self.patch_embed = PatchEmbed(width)
        self.blocks = nn.Sequential(ViTBlock(width), ViTBlock(width))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 3)


class GPTBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_1, self.c_attn = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.c_proj, self.ln_2 = nn.Linear(width, width), nn.LayerNorm(width)
        self.mlp = MLPBlock(width)


class GPT(nn.Module):
    def __init__(self, width=8, vocabulary=11, depth=2):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(5, width)
        self.h = nn.ModuleList(GPTBlock(width) for _ in range(depth))
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight


class T5LayerNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))


class T5Attention(nn.Module):
    def __init__(self, width, is_first):
        super().__init__()
        self.q, self.k = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.v, self.o = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        if is_first:
            self.relative_attention_bias = nn.Embedding(4, 2)


class T5Block(nn.Module):
    def __init__(self, width, is_first):
        super().__init__()
        self.attention, self.layer_norm = T5Attention(width, is_first), T5LayerNorm(width)
        self.wi = nn.Linear(width, 2 * width, bias=False)
        self.wo = nn.Linear(2 * width, width, bias=False)


class T5Stack(nn.Module):
    def __init__(self, width, shared):
        super().__init__()
        self.embed_tokens = shared
        self.block = nn.ModuleList(T5Block(width, i == 0) for i in range(2))
        self.final_layer_norm = T5LayerNorm(width)


class T5(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.shared = nn.Embedding(9, width)
        self.encoder, self.decoder = T5Stack(width, self.shared), T5Stack(width, self.shared)
        self.lm_head = nn.Linear(width, 9, bias=False)


class LSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.lstm = nn.Embedding(9, 4), nn.LSTM(4, 5, num_layers=2)
        self.decoder = nn.Linear(5, 9)


class Experts(nn.Module):
    def __init__(self, width, count):
        super().__init__()
        self.w1 = nn.Parameter(torch.ones(count, width, 2 * width))
        self.w2 = nn.Parameter(torch.ones(count, 2 * width, width))


class MoEBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.attn = nn.RMSNorm(width), nn.MultiheadAttention(width, 2)
        self.router, self.experts = nn.Linear(width, 4, bias=False), Experts(width, 4)


class MoE(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.embed = nn.Embedding(9, width)
        self.layers = nn.ModuleList(MoEBlock(width) for _ in range(2))
        self.norm, self.output = nn.RMSNorm(width), nn.Linear(width, 9, bias=False)


class DoubleConv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(inputs, outputs, 3), nn.GroupNorm(2, outputs)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([DoubleConv(3, 4), DoubleConv(4, 8)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(8, 4, 2)])
        self.merge = nn.ModuleList([DoubleConv(8, 4)])
        self.outc = nn.Conv2d(4, 1, 1)


class LoRALinear(nn.Module):
    def __init__(self, width, rank=2):
        super().__init__()
        self.base = nn.Linear(width, width)
        self.lora_A = nn.Linear(width, rank, bias=False)
        self.lora_B = nn.Linear(rank, width, bias=False)
        self.base.requires_grad_(False)


class LoRABlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.query, self.value = LoRALinear(width), LoRALinear(width)
        self.norm.requires_grad_(False)


class LoRA(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.embeddings = nn.Embedding(9, width).requires_grad_(False)
        self.layers = nn.ModuleList(LoRABlock(width) for _ in range(2))
        self.classifier = nn.Linear(width, 2)


MODELS = {
    "MLP": mlp,
    "CNN with batch norm": CNN,
    "ResNet": ResNet,
    "ViT": ViT,
    "GPT": GPT,
    "T5": T5,
    "LSTM": LSTM,
    "MoE": MoE,
    "U-Net": UNet,
    "LoRA": LoRA,
}

EXPECTED = {
    "MLP": """
        [02].weight    matrix
        [02].bias      vector bias
        4.weight       head
        4.bias         vector bias head
    """,
    "CNN with batch norm": """
        conv?.weight   matrix
        conv2.bias     vector bias
        bn?.weight     vector norm
        bn?.bias       vector bias norm
        fc.weight      head
        fc.bias        vector bias head
    """,
    "ResNet": """
        conv1.weight                  matrix
        bn1.weight                    vector norm
        bn1.bias                      vector bias norm
        layer?.?.conv?.weight         matrix
        layer?.?.bn?.weight           vector norm
        layer?.?.bn?.bias             vector bias norm
        layer2.0.downsample.0.weight  matrix
        layer2.0.downsample.1.weight  vector norm
        layer2.0.downsample.1.bias    vector bias norm
        fc.weight                     head
        fc.bias                       vector bias head
    """,
    "ViT": """
        cls_token                 vector
        pos_embed                 embedding
        patch_embed.proj.weight   embedding
        patch_embed.proj.bias     vector bias
        blocks.?.norm?.weight     vector norm
        blocks.?.norm?.bias       vector bias norm
        blocks.?.attn.*.weight    matrix
        blocks.?.attn.*.bias      vector bias
        blocks.?.ls1.gamma        vector
        blocks.?.mlp.fc?.weight   matrix
        blocks.?.mlp.fc?.bias     vector bias
        norm.weight               vector norm
        norm.bias                 vector bias norm
        head.weight               head
        head.bias                 vector bias head
    """,
    "GPT": """
        wte.weight                embedding = lm_head.weight
        wpe.weight                embedding
        h.?.ln_?.weight           vector norm
        h.?.ln_?.bias             vector bias norm
        h.?.c_*.weight            matrix
        h.?.c_*.bias              vector bias
        h.?.mlp.*.weight          matrix
        h.?.mlp.*.bias            vector bias
        ln_f.weight               vector norm
        ln_f.bias                 vector bias norm
    """,
    "T5": """
        shared.weight  embedding = encoder.embed_tokens.weight = decoder.embed_tokens.weight
        *.block.?.attention.[qkvo].weight                 matrix
        *.block.0.attention.relative_attention_bias.weight  embedding
        *.block.?.layer_norm.weight                       vector norm
        *.block.?.w[io].weight                            matrix
        *.final_layer_norm.weight                         vector norm
        lm_head.weight                                    head
    """,
    "LSTM": """
        tokens.weight    embedding
        lstm.weight_*    matrix
        lstm.bias_*      vector bias
        decoder.weight   head
        decoder.bias     vector bias head
    """,
    "MoE": """
        embed.weight                   embedding
        layers.?.norm.weight           vector norm
        layers.?.attn.in_proj_weight   matrix
        layers.?.attn.in_proj_bias     vector bias
        layers.?.attn.out_proj.weight  matrix
        layers.?.attn.out_proj.bias    vector bias
        layers.?.router.weight         matrix
        layers.?.experts.w?            matrix in 4
        norm.weight                    vector norm
        output.weight                  head
    """,
    "U-Net": """
        down.?.conv.weight    matrix
        down.?.conv.bias      vector bias
        down.?.norm.weight    vector norm
        down.?.norm.bias      vector bias norm
        up.0.weight           matrix
        up.0.bias             vector bias
        merge.0.conv.weight   matrix
        merge.0.conv.bias     vector bias
        merge.0.norm.weight   vector norm
        merge.0.norm.bias     vector bias norm
        outc.weight           head
        outc.bias             vector bias head
    """,
    "LoRA": """
        embeddings.weight          embedding frozen
        layers.?.norm.weight       vector norm frozen
        layers.?.norm.bias         vector bias norm frozen
        layers.?.*.base.weight     matrix frozen
        layers.?.*.base.bias       vector bias frozen
        layers.?.*.lora_?.weight   matrix
        classifier.weight          head
        classifier.bias            vector bias head
    """,
}
