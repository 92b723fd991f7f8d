using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Engine.Text;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Models;

public sealed class StreamedTransformerTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Streamed_blocks_give_the_same_bits_as_resident_blocks(int window)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var loader = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32);
        using var resident = loader.LoadTransformer();
        using var streamed = loader.LoadStreamedTransformer(window);
        var expected = Denoise(resident);
        Assert.Equal(expected, Denoise(streamed));
        Assert.Equal(expected, Denoise(streamed));
    }

    [Fact]
    public void Transformer_over_the_weight_budget_is_streamed_with_identical_results()
    {
        var all = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32).BytesOf(ModelComponent.Transformer);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var roomy = new ModelCache(tiny.Model, ComputeOptions.CpuFloat32, new ResidencyPolicy(all));
        using var tight = new ModelCache(tiny.Model, ComputeOptions.CpuFloat32, new ResidencyPolicy(all - 1));
        Assert.Equal(Denoise(roomy.TransformerWith([])), Denoise(tight.TransformerWith([])));
        Assert.Same(tight.TransformerWith([]), tight.TransformerWith([]));
    }

    [Fact]
    public void Streamed_text_encoder_gives_the_same_bits_as_a_resident_one()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var loader = new ModelLoader(tiny.Model, ComputeOptions.CpuFloat32);
        using var resident = loader.LoadPromptEncoder();
        using var streamed = loader.LoadPromptEncoder(window: 2);
        foreach (var prompt in new[] { "A red fox.", "Two red foxes run through fresh snow." })
            Assert.Equal(Video(resident, prompt), Video(streamed, prompt));

        static float[] Video(PromptEncoder encoder, string prompt) =>
            encoder.Encode(prompt).Video.to(ScalarType.Float32).data<float>().ToArray();
    }

    [Fact]
    public void Weights_copied_through_one_buffer_are_unchanged()
    {
        using var scope = NewDisposeScope();
        using var noise = new NoiseGenerator(1);
        Tensor[] tensors = [noise.Draw(3, 4), noise.Draw(2, 5).to(ScalarType.BFloat16), noise.Draw(7, 1), ones(3, ScalarType.Byte)];
        using var staged = new StagedTensors(tensors);
        var copies = staged.MoveTo(CPU);
        foreach (var (tensor, copy) in tensors.Zip(copies))
        {
            Assert.Equal(tensor.dtype, copy.dtype);
            Assert.Equal(tensor.shape, copy.shape);
            Assert.True(copy.is_contiguous());
            Assert.Equal(0, copy.storage_offset());
            Assert.True(tensor.eq(copy).all().item<bool>());
            copy.Dispose();
        }
    }

    [Fact]
    public void Missing_block_weight_is_detected_when_the_streamed_transformer_is_loaded()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories))
        {
            var copy = folder.File(Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var missing = "model.diffusion_model.transformer_blocks.1.attn1.to_q.weight";
        using (var source = SafetensorsFile.Open(tiny.Model.CheckpointFile))
        {
            var kept = source.Header.Tensors.Keys.Where(key => key != missing)
                .Select(key => SafetensorsTensors.ToWrite(key, source.ReadTensor(key)));
            SafetensorsWriter.Write(folder.File("model.safetensors"), kept, source.Header.Metadata);
        }

        var loader = new ModelLoader(ModelFolder.Open(folder.Path), ComputeOptions.CpuFloat32);
        Assert.Contains(
            missing, Assert.Throws<CheckpointException>(() => loader.LoadStreamedTransformer(2)).Message, StringComparison.Ordinal);
    }

    private float[] Denoise(LtxTransformer transformer)
    {
        var grid = new VideoGrid(new LatentSize(2, 2, 3), tiny.Model.Configs.VideoChannels, 24);
        using var noise = new NoiseGenerator(3);
        var state = Noiser.Apply(grid.State(), noise.Draw(grid.Tokens, grid.Channels));
        var context =
            noise.Draw(4, tiny.Model.Configs.Transformer.Video.CaptionChannels ?? tiny.Model.Configs.Transformer.Video.ContextDim);
        var tokens = new DenoiseLoop(transformer, CPU).Run(new ModalityRun(state, context), audio: null, DistilledSigmas.ForPass(2));
        return tokens.Video!.data<float>().ToArray();
    }
}
