using System.CommandLine;
using MlxVideo.Hub;
using MlxVideo.Hub.Caching;
using MlxVideo.Hub.Repositories;
using MlxVideo.Hub.Resolution;
using MlxVideo.Shared.Models;

namespace MlxVideo.Cli.ModelSources;

/// <summary>Options that name a model on this machine.</summary>
internal sealed class ModelSourceOptions
{
    private readonly Option<string?> _folder = new("--model")
    {
        Description = "Model folder; the built-in tiny model if no option names a model.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _repository = new("--model-repo")
    {
        Description = "Model in the Hugging Face cache, OWNER/NAME[@REVISION] or an alias; or a folder. See 'model download'.",
        HelpName = "REPOSITORY",
    };

    private readonly Option<string?> _checkpoint = new("--checkpoint-path", "--checkpoint")
    {
        Description = "Checkpoint file, for a model folder with several; without a model folder, its own folder is the model folder.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _textEncoder = new("--text-encoder-path", "--gemma-root")
    {
        Description = "Folder with the Gemma 3 text encoder; by default, the one in the model folder.",
        HelpName = "FOLDER",
    };

    public ModelSourceOptions()
    {
        _repository.CompletionSources.Add([.. RepositoryReference.Aliases]);
        TextEncoderRepository.CompletionSources.Add([.. RepositoryReference.Aliases]);
    }

    /// <summary>The option whose default an environment variable may set.</summary>
    public Option<string?> TextEncoderRepository { get; } = new("--text-encoder-repo")
    {
        Description = "Text encoder in the Hugging Face cache.",
        HelpName = "REPOSITORY",
    };

    /// <summary>Options of commands that render.</summary>
    public IReadOnlyList<Option> All => [_folder, _repository, .. Parts];

    /// <summary>Options that complement a model named by an argument.</summary>
    public IReadOnlyList<Option> Parts => [_checkpoint, _textEncoder, TextEncoderRepository];

    /// <summary>Finds the model on this machine; nothing is downloaded.</summary>
    /// <param name="name">Folder, repository or alias given as an argument; null when the options name the model.</param>
    /// <returns>Null when nothing names a model.</returns>
    /// <exception cref="HubException">The options contradict each other, or the model is not on this machine.</exception>
    public ModelLocation? Locate(ParseResult parsed, string? name = null)
    {
        var textEncoder = parsed.GetValue(_textEncoder);
        var (folder, repository, checkpoint) =
            (name is null ? parsed.GetValue(_folder) : null, name ?? parsed.GetValue(_repository), parsed.GetValue(_checkpoint));
        // A text encoder from a variable is for models that are named, not for the built-in one.
        if ((folder, repository, checkpoint) is (null, null, null) && parsed.GetResult(TextEncoderRepository)?.Implicit != false
            && textEncoder is null)
            return null;
        var source = new ModelSource(
            folder is null ? null : Path.GetFullPath(folder), repository, checkpoint,
            textEncoder is null ? null : Path.GetFullPath(textEncoder),
            textEncoder is null ? parsed.GetValue(TextEncoderRepository) : null);
        return source.Locate(new HubCache(HubEnvironment.OfUser().CacheFolder));
    }
}
