using MlxVideo.Cli.Tests;
using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Resolution;
using MlxVideo.Shared.Models;

namespace MlxVideo.Hub.Tests.Resolution;

public sealed class ModelSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly string _snapshot;

    public ModelSourceTests()
    {
        _model = Directory.CreateDirectory(_folder["model"]).FullName;
        _snapshot = Directory.CreateDirectory(_folder["hub/models--Lightricks--LTX-2/snapshots/abc"]).FullName;
        Directory.CreateDirectory(_folder["hub/models--Lightricks--LTX-2/refs"]);
        _folder.Write("hub/models--Lightricks--LTX-2/refs/main", "abc");
        File.WriteAllText(Path.Combine(_snapshot, "dev.safetensors"), "");
        _folder.Write("model/dev.safetensors", "");
    }

    [Fact]
    public void Folder_repository_alias_and_checkpoint_denote_a_model()
    {
        Assert.Null(Locate(new ModelSource()));
        Assert.Equal(new ModelLocation(_model), Locate(new ModelSource(_model)));
        Assert.Equal(new ModelLocation(_model), Locate(new ModelSource(Repository: _model)));
        Assert.Equal(new ModelLocation(_snapshot), Locate(new ModelSource(Repository: "Lightricks/LTX-2")));
        Assert.Equal(new ModelLocation(_snapshot), Locate(new ModelSource(Repository: "ltx-2")));
        Assert.Equal(new ModelLocation(_model), Locate(new ModelSource(Checkpoint: _model)));
        var file = _folder["model/dev.safetensors"];
        Assert.Equal(new ModelLocation(_model, file), Locate(new ModelSource(Checkpoint: file)));
        Assert.Equal(new ModelLocation(_model, file), Locate(new ModelSource(_model, Checkpoint: "dev.safetensors")));
        Assert.Equal(
            new ModelLocation(_snapshot, Path.Combine(_snapshot, "dev.safetensors")),
            Locate(new ModelSource(Repository: "ltx-2", Checkpoint: "dev.safetensors")));
    }

    [Fact]
    public void Text_encoder_can_be_elsewhere()
    {
        Assert.Equal(new ModelLocation(_model, TextEncoder: "/gemma"), Locate(new ModelSource(_model, TextEncoder: "/gemma")));
        Assert.Equal(
            new ModelLocation(_model, TextEncoder: _snapshot), Locate(new ModelSource(_model, TextEncoderRepository: "ltx-2")));
    }

    [Fact]
    public void Model_that_is_not_on_this_machine_names_the_command_that_downloads_it() =>
        AssertRefused(new ModelSource(Repository: "ltx2-dev-8bit-mlx"), "run 'mlx-video model download ltx2-dev-8bit-mlx'", _folder["hub"]);

    [Fact]
    public void Contradictions_are_refused()
    {
        AssertRefused(new ModelSource(_model, "ltx-2"), "--model", "--model-repo", "use one of them");
        AssertRefused(new ModelSource(_model, Checkpoint: Path.Combine(_snapshot, "dev.safetensors")), "is not in the model folder");
        AssertRefused(new ModelSource(_model, Checkpoint: "missing.safetensors"), "missing.safetensors does not exist, also not in");
        AssertRefused(new ModelSource(TextEncoder: "/gemma"), "needs a model");
        AssertRefused(new ModelSource(Repository: "/nowhere/model"), "The model folder /nowhere/model does not exist");
        AssertRefused(new ModelSource(Repository: "nonsense"), "'nonsense' is not a model repository");
    }

    public void Dispose() => _folder.Dispose();

    private ModelLocation? Locate(ModelSource source) => source.Locate(new HubCache(_folder["hub"]));

    private void AssertRefused(ModelSource source, params string[] words)
    {
        var message = Assert.Throws<HubException>(() => Locate(source)).Message;
        Assert.All(words, word => Assert.Contains(word, message));
    }
}
