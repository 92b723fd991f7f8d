using System.CommandLine;
using MlxVideo.Cli.ModelSources;
using MlxVideo.Engine.Models;
using MlxVideo.Hub.Repositories;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Models;

/// <summary>The model that a command examines or converts: a folder, or a repository in the Hugging Face cache.</summary>
internal sealed class ModelArgument
{
    private readonly ModelSourceOptions _options = new();

    private readonly Argument<string> _model = new("model")
    {
        Description = "Model folder, or a model in the Hugging Face cache: OWNER/NAME[@REVISION] or an alias.",
    };

    public ModelArgument() => _model.CompletionSources.Add([.. RepositoryReference.Aliases]);

    /// <summary>Adds the argument and its options to a command with further groups of options.</summary>
    public void AddTo(Command command, params IReadOnlyList<OptionGroup> groups)
    {
        command.Arguments.Add(_model);
        command.AddGroups([new OptionGroup("Model", _options.Parts), .. groups]);
    }

    /// <summary>Opens the model.</summary>
    public ModelFolder Open(ParseResult parsed) => ModelFolder.Open(_options.Locate(parsed, parsed.GetRequiredValue(_model))!);
}
