using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Rewriting of the prompt before it is encoded.</summary>
internal sealed class EnhancementOptions : IRequestOptions
{
    private static readonly PromptEnhancement Defaults = new();

    private readonly Option<bool> _enhance = new("--enhance-prompt")
    {
        Description = "Rewrite the prompt as a detailed description with the text encoder's language model; the new prompt is shown.",
    };

    private readonly Option<int> _maxTokens = NumberOption.Int(
        "--max-tokens", "Maximum length of the enhanced prompt in tokens, 1 to 1024.", Defaults.MaxTokens);

    private readonly Option<double> _temperature = NumberOption.Decimal(
        "--temperature", "Variation of the enhanced prompt, 0 to 2; 0 always takes the likeliest word.", Defaults.Temperature);

    /// <inheritdoc/>
    public OptionGroup Group => new("Prompt enhancement", _enhance, _maxTokens, _temperature);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        if (parsed.GetValue(_enhance))
        {
            var enhancement = new PromptEnhancement
            {
                MaxTokens = parsed.GetValue(_maxTokens),
                Temperature = parsed.GetValue(_temperature),
            };
            return request with { Settings = request.Settings with { Enhancement = enhancement } };
        }

        var unused = new Option[] { _maxTokens, _temperature }
            .Where(option => parsed.GetResult(option) is { Implicit: false })
            .Select(option => $"{option.Name} has no effect without --enhance-prompt.");
        return request with { Notices = [.. request.Notices, .. unused] };
    }
}
