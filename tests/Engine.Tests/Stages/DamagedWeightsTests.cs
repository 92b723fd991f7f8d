using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Damaged weight values make stages fail with one sentence and without an artefact.</summary>
public sealed class DamagedWeightsTests : IDisposable
{
    private static readonly RenderSettings Small =
        new() { Prompt = "A red fox runs through fresh snow.", Width = 64, Height = 64, NumFrames = 9 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Single_non_finite_value_is_detected_at_any_position(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        foreach (var shape in new long[][] { [1], [7], [3, 50, 17], [2, 40_000] })
        {
            var values = randn(shape).to(dtype);
            Assert.True(FiniteValues.Are(values));
            foreach (var damage in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                foreach (var place in new[] { 0, values.numel() / 2, values.numel() - 1 })
                {
                    var damaged = values.clone();
                    damaged.view(-1)[place] = damage;
                    Assert.False(FiniteValues.Are(damaged));
                    Assert.False(FiniteValues.Are(damaged.unsqueeze(0).transpose(0, -1)));
                }
            }
        }

        Assert.True(FiniteValues.Are(full([4], float.MaxValue)));
        Assert.True(FiniteValues.Are(empty(0)));
        Assert.True(FiniteValues.Are(tensor(new byte[] { 0, 255 })));
    }

    [Theory]
    [InlineData("gemma/model.safetensors", "language_model.model.layers.0.self_attn.q_proj.weight", "encode-prompt")]
    [InlineData("model.safetensors", "vae.encoder.conv_in.conv.weight", "encode-conditioning")]
    [InlineData("model.safetensors", "model.diffusion_model.transformer_blocks.0.attn1.to_v.weight", "denoise-1")]
    [InlineData("spatial_upsampler.safetensors", "initial_conv.weight", "upsample")]
    [InlineData("model.safetensors", "vae.decoder.conv_in.conv.weight", "decode-video-0")]
    [InlineData("model.safetensors", "audio_vae.decoder.conv_in.conv.weight", "decode-audio")]
    public void Every_stage_refuses_non_finite_outputs_and_all_zero_weights(string file, string key, string stageId)
    {
        var model = Damaged(file, key, 0xFF); // NaN in every float format
        foreach (var residency in new[] { new ResidencyPolicy(long.MaxValue), new ResidencyPolicy(1) }) // resident and streamed
        {
            var ex = Assert.Throws<StageException>(() => Render(model, residency));
            Assert.Equal(FailureKind.Input, ex.Kind);
            Assert.StartsWith($"Stage {stageId} computed values that are not finite numbers (", ex.Message, StringComparison.Ordinal);
        }

        var zero = Damaged(file, key, 0);
        var found = Assert.Throws<StageException>(() => Render(zero, null));
        Assert.Equal(FailureKind.Input, found.Kind);
        Assert.Contains($"{Path.Combine(zero.Path, file)} is damaged: every value of the weight '{key}' is zero", found.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.1)]
    public void Zero_filled_rest_of_an_interrupted_download_is_reported(double whole)
    {
        var folder = _folder.File("model");
        TinyModel.Write(folder);
        var path = Path.Combine(folder, "model.safetensors");
        using (var stream = File.OpenWrite(path))
        {
            stream.Position = (long)(stream.Length * whole);
            stream.Write(new byte[stream.Length - stream.Position]);
        }

        var ex = Assert.Throws<StageException>(() => Render(ModelFolder.Open(folder), null));
        Assert.Equal(FailureKind.Input, ex.Kind);
        Assert.Contains($"{path} is damaged: every value of the weight '", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_weight_tensors_with_two_or_more_dimensions_must_not_be_all_zero()
    {
        var path = _folder.File("weights.safetensors");
        SafetensorsWriter.Write(path,
        [
            Zeros("a.weight", 3, 4), Zeros("a.bias", 3), Zeros("norm.weight", 8), Zeros("scale_shift_table", 2, 4),
            Zeros("none.weight", 0, 4),
            TensorToWrite.Of<float>("last.weight", TensorDtype.F32, [3, 4], new float[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1e-30f }),
        ]);
        using var file = SafetensorsFile.Open(path);
        var weights = new CheckpointWeights(file);
        foreach (
            var (key, shape) in new (string, long[])[] { ("a.bias", [3]), ("norm.weight", [8]), ("scale_shift_table", [2, 4]),
                ("none.weight", [0, 4]), ("last.weight", [3, 4]) })
            weights.Read(key, shape).Dispose();
        var ex = Assert.Throws<DamagedWeightsException>(() => weights.ReadMatrix("a.weight", 3, 4));
        Assert.Equal($"{path} is damaged: every value of the weight 'a.weight' is zero, as after an interrupted download. Download the "
            + "file again.", ex.Message);
        using var shapes = new WeightFiles([SafetensorsFile.Open(path)]);
        new CheckpointWeights(shapes, readData: false).Read("a.weight", [3, 4]).Dispose();
    }

    [Fact]
    public void Float8_convolution_kernels_must_not_be_all_zero()
    {
        var path = _folder.File("weights.safetensors");
        SafetensorsWriter.Write(path,
        [
            new TensorToWrite("zeros.weight", TensorDtype.F8_E4M3, [2, 3, 4], stream => stream.Write(new byte[24])),
            new TensorToWrite("last.weight", TensorDtype.F8_E4M3, [2, 3, 4], stream => stream.Write([.. new byte[23], 1])),
        ]);
        using var file = SafetensorsFile.Open(path);
        var weights = new CheckpointWeights(file);
        weights.Read("last.weight", [2, 3, 4]).Dispose();
        var ex = Assert.Throws<DamagedWeightsException>(() => weights.Read("zeros.weight", [2, 3, 4]));
        Assert.Contains("'zeros.weight' is zero", ex.Message, StringComparison.Ordinal);
    }

    private void Render(ModelFolder model, ResidencyPolicy? residency)
    {
        using var runner = new StageRunner(model, ComputeOptions.CpuFloat32, residency: residency);
        var image = _folder.File("picture.bmp");
        File.WriteAllBytes(image, Bitmap());
        var plan = StagePlanner.Plan(Small with { Images = [new ImageConditioning(BlobRef.OfFile(image))] });
        try
        {
            new LocalRenderer(runner).Render(plan, _ => image, _folder.File("clips", "clip.mp4"), null, CancellationToken.None);
        }
        finally
        {
            Assert.Empty(Directory.GetFileSystemEntries(Directory.CreateDirectory(_folder.File("clips")).FullName));
        }
    }

    private ModelFolder Damaged(string file, string key, byte value)
    {
        var folder = _folder.File($"model-{value}");
        TinyModel.Write(folder);
        var path = Path.Combine(folder, file);
        TensorEntry entry;
        using (var opened = SafetensorsFile.Open(path))
            entry = opened.Entry(key);
        using (var stream = File.OpenWrite(path))
        {
            stream.Position = entry.Offset;
            stream.Write(Enumerable.Repeat(value, (int)entry.Length).ToArray());
        }

        return ModelFolder.Open(folder);
    }

    private static TensorToWrite Zeros(string name, params long[] shape) =>
        TensorToWrite.Of<float>(name, TensorDtype.F32, shape, new float[shape.Aggregate(1L, (product, size) => product * size)]);

    /// <summary>Returns a BMP file of 8 × 8 grey pixels.</summary>
    private static byte[] Bitmap()
    {
        byte[] header = [(byte)'B', (byte)'M', 246, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 1, 0, 24, 0];
        return [.. header, .. new byte[24], .. Enumerable.Repeat((byte)128, 192)];
    }
}
