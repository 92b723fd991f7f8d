using MlxVideo.Cli.Chaos.Injection;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Verification;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Cli.Tests.Chaos;

public sealed class StoredArtefactsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BlobStore _store;

    public StoredArtefactsTests() => _store = new BlobStore(_folder["data/blobs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_and_audio_are_intermediate_artefacts_but_clips_images_and_unfinished_files_are_not()
    {
        var tensors = Adopt(file => SafetensorsWriter.Write(
            file, [TensorToWrite.Of<float>("latent", TensorDtype.F32, [1], new float[1])], new Dictionary<string, string>()));
        var audio = Adopt(file => WaveFile.WriteFloat(file, new Waveform(8000, 1, new float[8])));
        Adopt(file => File.WriteAllBytes(file, PlannedImage.Create(1)));
        Adopt(file => File.WriteAllBytes(file, [0, 0, 0, 32, .. "ftypisom"u8, 0, 0, 0, 0]));
        Adopt(file => File.WriteAllBytes(file, []));
        File.WriteAllText(_store.NewFile(), "RIFF");

        Assert.Equal(
            new[] { tensors.Digest, audio.Digest }.Order(StringComparer.Ordinal),
            StoredArtefacts.In(_folder["data"]).Select(file => file.Name));
    }

    [Fact]
    public void Missing_data_folder_has_no_artefacts() => Assert.Empty(StoredArtefacts.In(_folder["none"]));

    [Fact]
    public void Unfinished_files_are_leftovers_but_blobs_are_not()
    {
        Adopt(file => File.WriteAllText(file, "a blob"));
        Assert.Empty(Leftovers.In(_folder["data"]));
        var incoming = _store.NewFile();
        File.WriteAllText(incoming, "half a blob");
        var partial = _folder["data/report.json.partial"];
        File.WriteAllText(partial, "half a report");
        Assert.Equal([incoming, partial], Leftovers.In(_folder["data"]));
    }

    private BlobRef Adopt(Action<string> write)
    {
        var file = _store.NewFile();
        write(file);
        return _store.Adopt(file);
    }
}
