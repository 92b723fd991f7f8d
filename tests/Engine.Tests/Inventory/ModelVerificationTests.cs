using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Tests.Inventory;

public sealed class ModelVerificationTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Intact_model_has_no_faults_and_every_component_is_read()
    {
        var components = new List<string>();
        Assert.Empty(ModelVerification.FindFaults(tiny.Model, components.Add, CancellationToken.None));
        Assert.Equal(ModelReport.Of(tiny.Model, digest: null, layers: false).Components.Select(component => component.Name), components);
    }

    [Theory]
    [InlineData("model.diffusion_model.patchify_proj.bias", (byte)0xFF, "not finite")]
    [InlineData("vae.decoder.conv_in.conv.weight", (byte)0xFF, "not finite")]
    [InlineData("model.diffusion_model.patchify_proj.weight", (byte)0, "all zeros")]
    public void Damaged_weight_is_found(string key, byte value, string fault)
    {
        var found = Assert.Single(ModelVerification.FindFaults(Damaged(key, value), null, CancellationToken.None));
        Assert.Contains($"'{key}'", found);
        Assert.Contains(fault, found);
    }

    [Fact]
    public void Missing_weight_is_found()
    {
        var model = Changed(tensors => tensors.Where(tensor => tensor.Name != "vae.decoder.conv_in.conv.weight"));
        var found = Assert.Single(ModelVerification.FindFaults(model, null, CancellationToken.None));
        Assert.Contains("1 missing: vae.decoder.conv_in.conv.weight", found);
    }

    [Fact]
    public void Report_lists_files_components_and_configuration()
    {
        var report = ModelReport.Of(tiny.Model, "abc", layers: true);
        Assert.Equal(("2.0.0", "abc", true), (report.Version, report.Digest, report.HasAudio));
        Assert.Equal(tiny.Model.Files.Select(file => file.Role), report.Files.Select(file => file.Role));
        Assert.Equal(report.Bytes, tiny.Model.Files.Sum(file => new FileInfo(file.Path).Length));
        Assert.Superset(
            new HashSet<string> { "transformer", "connectors", "video decoder", "vocoder", "upsampler", "text encoder" },
            report.Components.Select(component => component.Name).ToHashSet());
        Assert.All(report.Components, component =>
        {
            Assert.Equal(component.Bytes, component.Formats.Values.Sum());
            Assert.Equal(component.Bytes, report.Layers!.Where(layer => layer.Component == component.Name).Sum(layer => layer.Bytes));
        });
        Assert.True(report.Configuration.TryGetProperty("transformer", out _));
    }

    public void Dispose() => _folder.Dispose();

    private ModelFolder Damaged(string key, byte value) => Changed(tensors => tensors.Select(tensor => tensor.Name != key
        ? tensor
        : tensor with
        {
            WriteData = stream => stream.Write(
                Enumerable.Repeat(value, (int)tensor.Shape.Aggregate(1L, (product, size) => product * size) * tensor.Dtype.ElementSize())
                    .ToArray()),
        }));

    /// <summary>Writes a copy of the tiny model with another checkpoint.</summary>
    private ModelFolder Changed(Func<IEnumerable<TensorToWrite>, IEnumerable<TensorToWrite>> change)
    {
        var folder = _folder.File("model");
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories))
        {
            var link = Path.Combine(folder, Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            if (file != tiny.Model.CheckpointFile)
                File.CreateSymbolicLink(link, file);
        }

        using var source = SafetensorsFile.Open(tiny.Model.CheckpointFile);
        var tensors = source.Header.Tensors.Values.Select(
            entry => TensorToWrite.Of<byte>(entry.Name, entry.Dtype, entry.Shape, source.ReadArray<byte>(entry.Name)));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), change(tensors).ToList(), source.Header.Metadata);
        return ModelFolder.Open(folder);
    }
}
