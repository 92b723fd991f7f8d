using System.Text.Json;
using MlxVideo.Engine.Text.Enhancement;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/enhance: conversations rendered with Gemma's chat template, and responses cleaned into prompts.</summary>
public sealed class EnhancementSuite : IGoldenSuite
{
    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "enhance")))
            yield return new GoldenCase("enhance", Check);
    }

    private static void Check(GoldenRun run)
    {
        var cases = run.Json("cases.json");
        foreach (var row in cases.GetProperty("chat_template").EnumerateArray())
        {
            var messages = row.GetProperty("messages").EnumerateArray()
                .Select(message =>
                    new ChatMessage(Enum.Parse<ChatRole>(message.GetProperty("role").GetString()!, ignoreCase: true),
                        Content(message.GetProperty("content")))).ToList();
            run.Exact("conversation", ChatTemplate.Render(messages), row.GetProperty("text").GetString());
        }

        foreach (var row in cases.GetProperty("clean_response").EnumerateArray())
            run.Exact("answer", EnhancedPrompt.Clean(row.GetProperty("in").GetString()!), row.GetProperty("official").GetString());
    }

    private static string Content(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Concat(
            content.EnumerateArray()
                .Select(part =>
                    part.GetProperty("type").GetString() == "image" ? ChatTemplate.Image : part.GetProperty("text").GetString()));
}
