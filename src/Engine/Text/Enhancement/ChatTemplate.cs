using System.Text;

namespace MlxVideo.Engine.Text.Enhancement;

/// <summary>
/// Formats messages as the text that Gemma 3 was trained on (docs/reference/text.md, section 8): the system text precedes the first
/// message, contents are trimmed, and the model's turn is opened.
/// </summary>
public static class ChatTemplate
{
    /// <summary>Placeholder for an image in a message's content.</summary>
    public const string Image = "<start_of_image>";

    /// <summary>Renders messages; the first one may be a system message.</summary>
    public static string Render(IReadOnlyList<ChatMessage> messages)
    {
        var text = new StringBuilder("<bos>");
        var system = messages is [{ Role: ChatRole.System } first, ..] ? first.Content + "\n\n" : "";
        foreach (var message in messages.Where(message => message.Role != ChatRole.System))
        {
            text.Append("<start_of_turn>").Append(message.Role == ChatRole.Assistant ? "model" : "user").Append('\n')
                .Append(system).Append(message.Content.Trim()).Append("<end_of_turn>\n");
            system = "";
        }

        return text.Append("<start_of_turn>model\n").ToString();
    }
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Content">The text; an image is <see cref="ChatTemplate.Image"/>.</param>
public sealed record ChatMessage(ChatRole Role, string Content);

/// <summary>Author of a conversation's turn.</summary>
public enum ChatRole
{
    /// <summary>Instructions that precede the conversation.</summary>
    System,

    /// <summary>The human user.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
